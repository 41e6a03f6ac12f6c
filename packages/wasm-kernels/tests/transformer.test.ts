import { engine, grads, mul, setBackend, sum, tensor, type Tensor } from '@tensorflow/tfjs-core'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { composed, realOf } from './composed-transformer.ts'
import { difference, noise, rows, run, startKernels, type Numbers } from './support.ts'

beforeAll(async () => {
  await startKernels()
})

type Named = Readonly<Record<string, Numbers>>
type Attrs = Readonly<Record<string, number | boolean>>
type Kernel = keyof typeof composed

const toTensor = ({ shape, values }: Numbers): Tensor => tensor(values, [...shape])

/** The value and the gradient in every input, on one backend, of a kernel or of the operations that define it. */
const evaluate = async (
  backend: 'cpu' | 'wasm',
  kernel: Kernel,
  inputs: Named,
  attrs: Attrs,
): Promise<readonly Numbers[]> => {
  await setBackend(backend)
  const results: Numbers[] = []
  engine().tidy(() => {
    const names = Object.keys(inputs)
    const tensors = names.map((name) => toTensor(inputs[name] as Numbers))
    const real = kernel === 'PtuAttention' ? { real: realOf(tensors[0] as Tensor) } : {}
    const compute = (...given: Tensor[]): Tensor => {
      const named = Object.fromEntries(names.map((name, i) => [name, given[i] as Tensor]))
      if (backend === 'cpu') return composed[kernel]({ ...named, ...real }, attrs)
      return engine().runKernel<Tensor>(kernel, named, attrs)
    }
    const value = compute(...tensors)
    const weights = toTensor(noise(value.shape, 77))
    const gradients = grads((...given: Tensor[]) => sum(mul(compute(...given), weights)))(tensors)
    for (const result of [value, ...gradients])
      results.push({ shape: result.shape, values: result.dataSync<'float32'>().slice() })
  })
  await setBackend('wasm')
  return results
}

const expectAgreement = async (kernel: Kernel, inputs: Named, attrs: Attrs): Promise<void> => {
  const expected = await evaluate('cpu', kernel, inputs, attrs)
  const actual = await evaluate('wasm', kernel, inputs, attrs)
  expect(actual).toHaveLength(expected.length)
  expected.forEach((result, i) => {
    expect(difference(result, actual[i] as Numbers), `${kernel} ${JSON.stringify(attrs)}, result ${i}`).toBeLessThan(
      1e-5,
    )
  })
}

const times = (factor: number, { shape, values }: Numbers): Numbers => ({
  shape,
  values: values.map((value) => factor * value),
})

/** Zeros in the steps for which `padding` is true. */
const padded = ({ shape, values }: Numbers, padding: (example: number, step: number) => boolean): Numbers => {
  const [, steps = 1, width = 1] = shape
  const isZero = (i: number): boolean => padding(Math.floor(i / (steps * width)), Math.floor(i / width) % steps)
  return { shape, values: values.map((value, i) => (isZero(i) ? 0 : value)) }
}

/** Examples with padding before, after and between their steps, and one of padding alone. */
const sparse = (x: Numbers): Numbers =>
  padded(x, (b, s) => b % 5 === 3 || (b % 5 === 0 && s > 2) || (b % 5 === 1 && s < 2) || (b % 5 === 2 && s % 3 === 1))

const size = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max })
const check = async <A>(arbitrary: fc.Arbitrary<A>, holds: (value: A) => Promise<void>): Promise<void> => {
  await fc.assert(fc.asyncProperty(arbitrary, holds), { numRuns: 60, seed: 7 })
}

describe('a kernel of transformers has the value and gradients of the operations that define it', () => {
  it('attention, masked and not, at any size', async () => {
    const sizes = fc.tuple(size(5), size(11), size(4), size(9), fc.boolean(), fc.nat(1000))
    await check(sizes, async ([batch, steps, heads, channels, masked, seed]) => {
      const x = times(2, noise([batch, steps, 3 * heads * channels], seed))
      await expectAgreement('PtuAttention', { x: sparse(x) }, { heads, masked })
    })
  })

  it.each([
    [2, 130, 2, 33],
    [1, 300, 1, 8],
    [1, 5, 1, 300],
  ])('attention over more steps or channels than a block: %s, %s, %s heads of %s', async (batch, steps, heads, d) => {
    for (const masked of [false, true]) {
      const x = padded(noise([batch, steps, 3 * heads * d], 4), (b, s) => b === 1 && (s < 3 || s > 128))
      await expectAgreement('PtuAttention', { x }, { heads, masked })
    }
  })

  it.each([false, true])('gelu, by tanh: %s', async (byTanh) => {
    await check(fc.tuple(size(40), size(12), fc.nat(1000)), async ([length, scale, seed]) => {
      await expectAgreement('PtuGelu', { x: times(scale, noise([length], seed)) }, { byTanh })
    })
  })

  it('layer normalisation', async () => {
    await check(fc.tuple(size(600), size(21), fc.nat(1000)), async ([count, columns, seed]) => {
      const x = times(3, noise([count, columns], seed))
      const inputs = { x, scale: noise([columns], seed + 1), shift: noise([columns], seed + 2) }
      await expectAgreement('PtuLayerNorm', inputs, { epsilon: 0.01 })
    })
  })

  it('a dense layer', async () => {
    await check(fc.tuple(size(140), size(300), size(20), fc.nat(1000)), async ([count, depth, columns, seed]) => {
      const inputs = { x: noise([count, depth], seed), kernel: noise([depth, columns], seed + 1) }
      await expectAgreement('PtuDense', { ...inputs, bias: noise([columns], seed + 2) }, {})
    })
  })
})

const attend = (x: Numbers, masked = true): Numbers => run('wasm', 'PtuAttention', { x }, { heads: 3, masked })

describe('the bits of an example', () => {
  it('do not depend on the batch in attention', () => {
    const x = sparse(noise([6, 9, 27], 3))
    const dy = noise([6, 9, 9], 4)
    const gradient = (dys: Numbers, xs: Numbers): Numbers =>
      run('wasm', 'PtuAttentionGrad', { dy: dys, x: xs }, { heads: 3, masked: true })
    for (let i = 0; i < 6; i++) {
      expect(attend(rows(x, i, i + 1))).toStrictEqual(rows(attend(x), i, i + 1))
      expect(gradient(rows(dy, i, i + 1), rows(x, i, i + 1))).toStrictEqual(rows(gradient(dy, x), i, i + 1))
    }
  })

  it('do not depend on the padding around it in attention', () => {
    const x = noise([1, 7, 27], 5)
    const zeros = (steps: number): readonly number[] => Array.from({ length: steps * 27 }, () => 0)
    for (const [before, after] of [
      [0, 6],
      [3, 1],
    ] as const) {
      const values = Float32Array.from([...zeros(before), ...x.values, ...zeros(after)])
      const y = attend({ shape: [1, before + 7 + after, 27], values })
      expect(y.values.slice(9 * before, 9 * (before + 7))).toStrictEqual(attend(x).values)
      expect([...y.values].filter((value) => value !== 0)).toHaveLength(9 * 7)
    }
  })

  it('do not depend on the other rows in gelu, layer normalisation and dense layers', () => {
    const x = noise([23, 19], 6)
    const more = { scale: noise([19], 7), shift: noise([19], 8) }
    const functions: readonly ((x: Numbers) => Numbers)[] = [
      (input) => run('wasm', 'PtuGelu', { x: input }, { byTanh: false }),
      (input) => run('wasm', 'PtuGelu', { x: input }, { byTanh: true }),
      (input) => run('wasm', 'PtuLayerNorm', { x: input, ...more }, { epsilon: 1e-5 }),
      (input) => run('wasm', 'PtuDense', { x: input, kernel: noise([19, 13], 9), bias: noise([13], 10) }, {}),
    ]
    for (const f of functions)
      for (const i of [0, 4, 21, 22]) expect(f(rows(x, i, i + 1))).toStrictEqual(rows(f(x), i, i + 1))
  })

  it('are those of a product and a sum in a dense layer', () => {
    const [x, kernel, bias] = [noise([150, 600], 1), noise([600, 530], 2), noise([530], 3)]
    const a = run('wasm', 'BatchMatMul', { a: x, b: kernel }, { transposeA: false, transposeB: false })
    expect(run('wasm', 'PtuDense', { x, kernel, bias }, {})).toStrictEqual(run('wasm', 'Add', { a, b: bias }, {}))
  })
})

describe('steps of padding', () => {
  it('become 0, whatever they were, and real ones stay', () => {
    const x = sparse(noise([5, 4, 6], 1))
    const y = noise([5, 4, 2, 3], 2)
    const kept = run('wasm', 'PtuRealSteps', { x, y }, {})
    const isPadding = (step: number): boolean => x.values.slice(6 * step, 6 * step + 6).every((value) => value === 0)
    const expected = y.values.map((value, i) => (isPadding(Math.floor(i / 6)) ? 0 : value))
    expect(kept).toStrictEqual({ shape: y.shape, values: expected })
  })

  it('are not copied where there are none', () => {
    engine().tidy(() => {
      const [x, y] = [toTensor(noise([2, 3, 5], 1)), toTensor(noise([2, 3, 4], 2))]
      const kept = engine().runKernel<Tensor>('PtuRealSteps', { x, y })
      const address = ({ dataId }: Tensor): unknown => (dataId as { readonly id?: number }).id
      expect(address(kept)).toBe(address(y))
    })
  })

  it('are not steps of NaN, which reach every step of their example alone', () => {
    const x = noise([2, 4, 27], 1)
    x.values.fill(NaN, 27, 54)
    const y = attend(x)
    expect([...y.values.slice(0, 36)].every(Number.isNaN)).toBe(true)
    expect([...y.values.slice(36)].some(Number.isNaN)).toBe(false)
  })
})

describe('what a kernel cannot serve', () => {
  it.each([
    ['PtuAttention', { x: [2, 3, 8] }, { heads: 2, masked: false }, 'Expected queries, keys and values'],
    ['PtuDense', { x: [2, 3], kernel: [4, 5], bias: [5] }, {}, 'Expected kernel of shape [3, 5], got [4, 5]'],
    ['PtuDense', { x: [2, 3], kernel: [3, 5], bias: [4] }, {}, 'Expected bias of shape [5], got [4]'],
    ['PtuLayerNorm', { x: [2, 3], scale: [2], shift: [3] }, { epsilon: 1 }, 'Expected scale of shape [3], got [2]'],
    ['PtuGeluGrad', { dy: [2], x: [3] }, { byTanh: false }, 'Expected dy of shape [3], got [2]'],
    ['PtuRealSteps', { x: [2, 3, 4], y: [2, 4, 4] }, {}, 'Expected y of shape [2, 3, 4], got [2, 4, 4]'],
  ])('%s refuses %o', (kernel, shapes, attrs, message) => {
    const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, noise(shape, 1)]))
    expect(() => run('wasm', kernel, inputs, attrs)).toThrow(message)
  })
})

it('leaves the heap as it was after hundreds of steps', () => {
  const { wasm } = engine().backend as unknown as { readonly wasm: { readonly HEAPU8: Uint8Array } }
  const step = (): void => {
    engine().tidy(() => {
      const x = toTensor(sparse(noise([4, 8, 24], 1)))
      const loss = (input: Tensor): Tensor => {
        const y = engine().runKernel<Tensor>('PtuAttention', { x: input }, { heads: 2, masked: true })
        return sum(engine().runKernel<Tensor>('PtuGelu', { x: y }, { byTanh: false }))
      }
      grads(loss)([x])
    })
  }
  step()
  const [bytes, tensors] = [wasm.HEAPU8.length, engine().memory().numDataBuffers]
  for (let i = 0; i < 500; i++) step()
  expect([wasm.HEAPU8.length, engine().memory().numDataBuffers]).toStrictEqual([bytes, tensors])
})
