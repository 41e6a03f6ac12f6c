import { beforeAll, describe, expect, it } from 'vitest'
import { columns, noise, rows, run, startKernels, type Numbers } from './support.ts'

beforeAll(async () => {
  await startKernels()
})

const depths = [1, 3, 9, 31, 64, 255, 256, 257, 600]
const products = depths.flatMap((depth) =>
  [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ depth, transposeA, transposeB }))),
)

const transposed = (x: Numbers): Numbers => run('cpu', 'Transpose', { x }, { perm: [1, 0] })

describe('a product', () => {
  it.each(products)('gives a row the same bits whatever the other rows: %o', ({ depth, transposeA, transposeB }) => {
    const a = noise([37, depth], 1)
    const b = noise([depth, 21], 2)
    const multiply = (left: Numbers): Numbers => {
      const inputs = { a: transposeA ? transposed(left) : left, b: transposeB ? transposed(b) : b }
      return run('wasm', 'BatchMatMul', inputs, { transposeA, transposeB })
    }
    const all = multiply(a)
    for (const i of [0, 4, 35, 36]) expect(multiply(rows(a, i, i + 1))).toStrictEqual(rows(all, i, i + 1))
  })

  it.each(products)(
    'gives a column the same bits whatever the other columns: %o',
    ({ depth, transposeA, transposeB }) => {
      const a = noise([5, depth], 3)
      const b = noise([depth, 48], 4)
      const multiply = (right: Numbers): Numbers => {
        const inputs = { a: transposeA ? transposed(a) : a, b: transposeB ? transposed(right) : right }
        return run('wasm', 'BatchMatMul', inputs, { transposeA, transposeB })
      }
      const all = multiply(b)
      for (const [from, to] of [
        [0, 16],
        [16, 32],
        [47, 48],
        [3, 5],
      ] as const) {
        expect(multiply(columns(b, from, to))).toStrictEqual(columns(all, from, to))
      }
    },
  )

  it('is the same from run to run', () => {
    const inputs = { a: noise([33, 300], 5), b: noise([300, 33], 6) }
    const attrs = { transposeA: false, transposeB: false }
    expect(run('wasm', 'BatchMatMul', inputs, attrs)).toStrictEqual(run('wasm', 'BatchMatMul', inputs, attrs))
  })
})

const convolutions = [1, 2, 3, 4, 8, 32].flatMap((channels) =>
  (['same', 'valid'] as const).flatMap((pad) => [1, 2].map((strides) => ({ channels, pad, strides }))),
)

describe('a convolution', () => {
  const attrsOf = (pad: string, strides: number): object => ({
    pad,
    strides,
    dilations: 1,
    dataFormat: 'NHWC',
    activation: 'relu',
  })

  it.each(convolutions)('gives an example the same bits whatever the batch: %o', ({ channels, pad, strides }) => {
    const x = noise([37, 7, 6, channels], 7)
    const inputs = { filter: noise([3, 3, channels, 10], 8), bias: noise([10], 9) }
    const convolve = (images: Numbers): Numbers =>
      run('wasm', 'FusedConv2D', { x: images, ...inputs }, attrsOf(pad, strides))
    const all = convolve(x)
    for (const i of [0, 1, 17, 36]) expect(convolve(rows(x, i, i + 1))).toStrictEqual(rows(all, i, i + 1))
  })

  it.each(convolutions)('gives a channel the same bits whatever the others: %o', ({ channels, pad, strides }) => {
    const x = noise([3, 7, 6, channels], 10)
    const filter = noise([3, 3, channels, 48], 11)
    const convolve = (kernel: Numbers): Numbers => run('wasm', 'Conv2D', { x, filter: kernel }, attrsOf(pad, strides))
    const all = convolve(filter)
    for (const [from, to] of [
      [0, 16],
      [16, 32],
      [47, 48],
      [1, 3],
    ] as const) {
      expect(convolve(columns(filter, from, to))).toStrictEqual(columns(all, from, to))
    }
  })

  it.each(convolutions)(
    'gives an example the same input gradient whatever the batch: %o',
    ({ channels, pad, strides }) => {
      const filter = noise([3, 3, channels, 10], 12)
      const forward = run('wasm', 'Conv2D', { x: noise([9, 7, 6, channels], 13), filter }, attrsOf(pad, strides))
      const dy = noise(forward.shape, 14)
      const gradient = (upstream: Numbers): Numbers => {
        const inputShape = [upstream.shape[0], 7, 6, channels]
        return run('wasm', 'Conv2DBackpropInput', { dy: upstream, filter }, { ...attrsOf(pad, strides), inputShape })
      }
      const all = gradient(dy)
      for (const i of [0, 4, 8]) expect(gradient(rows(dy, i, i + 1))).toStrictEqual(rows(all, i, i + 1))
    },
  )

  it.each(convolutions)(
    'gives a channel the same filter gradient whatever the others: %o',
    ({ channels, pad, strides }) => {
      const x = noise([9, 7, 6, channels], 15)
      const shape = run('wasm', 'Conv2D', { x, filter: noise([3, 3, channels, 24], 16) }, attrsOf(pad, strides)).shape
      const dy = noise(shape, 17)
      const gradient = (upstream: Numbers): Numbers => {
        const filterShape = [3, 3, channels, upstream.shape[3]]
        return run('wasm', 'Conv2DBackpropFilter', { x, dy: upstream }, { ...attrsOf(pad, strides), filterShape })
      }
      const all = gradient(dy)
      for (const [from, to] of [
        [0, 8],
        [8, 16],
        [23, 24],
      ] as const) {
        expect(gradient(columns(dy, from, to))).toStrictEqual(columns(all, from, to))
      }
    },
  )

  it.each(convolutions)(
    'with a fused bias and relu has the bits of the separate steps: %o',
    ({ channels, pad, strides }) => {
      const inputs = { x: noise([3, 7, 6, channels], 18), filter: noise([3, 3, channels, 11], 19) }
      const bias = noise([11], 20)
      const plain = run('wasm', 'Conv2D', inputs, attrsOf(pad, strides))
      const sum = run('wasm', 'Add', { a: plain, b: bias }, {})
      const separate = run('wasm', 'Relu', { x: sum }, {})
      expect(run('wasm', 'FusedConv2D', { ...inputs, bias }, attrsOf(pad, strides))).toStrictEqual(separate)
    },
  )
})

describe('a sum over leading axes', () => {
  it.each([1, 5, 16, 19])('gives a column the same bits whatever the others: from column %i', (from) => {
    const x = noise([700, 40], 21)
    const sum = (part: Numbers): Numbers => run('wasm', 'Sum', { x: part }, { axis: 0, keepDims: true })
    expect(sum(columns(x, from, from + 2))).toStrictEqual(columns(sum(x), from, from + 2))
  })
})
