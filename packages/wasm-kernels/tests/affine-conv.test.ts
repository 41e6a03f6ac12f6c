import {
  add,
  conv2d,
  depthwiseConv2d,
  engine,
  grads,
  mul,
  relu,
  relu6,
  setBackend,
  sum,
  tensor,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Rectifier } from '../src/fused/affine-conv.ts'
import { difference, noise, rows, run, runAll, startKernels, type Numbers } from './support.ts'

beforeAll(async () => {
  await startKernels()
})

const rectifiers = { relu, relu6, none: (x: Tensor): Tensor => x.clone() }
const kinds = {
  PtuConv2D: { convolve: conv2d, last: 5 },
  PtuDepthwiseConv2D: { convolve: depthwiseConv2d, last: 1 },
}
type Kind = keyof typeof kinds

const attrsOf = (
  strides: number,
  rectifier: string,
): { readonly strides: number; readonly pad: 'same'; readonly rectifier?: Rectifier } => ({
  strides,
  pad: 'same',
  ...(rectifier !== 'none' && { rectifier: rectifier as Rectifier }),
})

const toTensor = ({ values, shape }: Numbers): Tensor => tensor(values, [...shape], 'float32')
const toNumbers = (x: Tensor): Numbers => ({ shape: x.shape, values: x.dataSync<'float32'>() })

/** The output of a function of x, filter and bias and the gradients of its weighted sum, on a backend. */
const differentiated = async (
  backend: 'cpu' | 'wasm',
  f: (x: Tensor, filter: Tensor, bias: Tensor) => Tensor,
  [weights, ...inputs]: readonly [Numbers, ...Numbers[]],
): Promise<readonly Numbers[]> => {
  await setBackend(backend)
  return engine().tidy(() => {
    const tensors = inputs.map(toTensor)
    const y = f(...(tensors as [Tensor, Tensor, Tensor]))
    const loss = (x: Tensor, filter: Tensor, bias: Tensor): Tensor => sum(mul(f(x, filter, bias), toTensor(weights)))
    return [y, ...grads(loss as never)(tensors)].map(toNumbers) as unknown as Tensor[]
  }) as unknown as readonly Numbers[]
}

const inputsOf = (
  kind: Kind,
  side: number,
  size: number,
  channels: number,
  strides: number,
  seed: number,
): [Numbers, Numbers, Numbers, Numbers] => {
  const { last } = kinds[kind]
  const out = Math.ceil(side / strides)
  const outChannels = kind === 'PtuConv2D' ? last : channels
  const large = noise([2, side, side, channels], seed)
  return [
    noise([2, out, out, outChannels], seed + 1),
    { ...large, values: large.values.map((value) => 6 * value) },
    noise([size, size, channels, last], seed + 2),
    noise([outChannels], seed + 3),
  ]
}

describe.each(Object.keys(kinds) as Kind[])('%s', (kind) => {
  const { convolve } = kinds[kind]

  it.each(Object.keys(rectifiers) as (keyof typeof rectifiers)[])(
    'has the values and gradients of the operations on cpu: %s',
    async (name) => {
      const drawn = fc.tuple(
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom(1, 3),
        fc.integer({ min: 1, max: 37 }),
        fc.constantFrom(1, 2),
        fc.nat(99),
      )
      const check = fc.asyncProperty(drawn, async ([side, size, channels, strides, seed]) => {
        const inputs = inputsOf(kind, side, size, channels, strides, seed)
        const one = (x: Tensor, filter: Tensor, bias: Tensor): Tensor =>
          engine().runKernel(kind, { x, filter, bias }, attrsOf(strides, name))
        const several = (x: Tensor, filter: Tensor, bias: Tensor): Tensor =>
          rectifiers[name](add(convolve(x as Tensor4D, filter as Tensor4D, strides, 'same'), bias))
        const expected = await differentiated('cpu', several, inputs)
        const actual = await differentiated('wasm', one, inputs)
        const composed = await differentiated('wasm', several, inputs)
        actual.forEach((result, i) => {
          expect(difference(expected[i] as Numbers, result)).toBeLessThan(1e-5)
        })
        expect(actual).toStrictEqual(composed)
      })
      await fc.assert(check, { numRuns: 40, seed: 7 })
    },
  )

  it('gives an example the same bits in every batch, at every width', () => {
    for (const side of [3, 6, 9]) {
      const [, x, filter, bias] = inputsOf(kind, side, 3, 40, 1, side)
      const attrs = attrsOf(1, 'relu6')
      const all = run('wasm', kind, { x, filter, bias }, attrs)
      const alone = run('wasm', kind, { x: rows(x, 1, 2), filter, bias }, attrs)
      expect(alone).toStrictEqual(rows(all, 1, 2))
    }
  })

  it('keeps NaN, and refuses a filter or a bias of other sizes', () => {
    const [, x, filter, bias] = inputsOf(kind, 4, 3, 8, 1, 1)
    const broken = { ...x, values: x.values.map((value, i) => (i === 40 ? NaN : value)) }
    const y = run('wasm', kind, { x: broken, filter, bias }, attrsOf(1, 'relu6'))
    expect([...y.values].some(Number.isNaN)).toBe(true)
    expect(() => run('wasm', kind, { x, filter, bias: noise([3], 1) }, attrsOf(1, 'relu'))).toThrow(
      'Expected bias of shape',
    )
    const wrong = noise([3, 3, 7, kinds[kind].last], 1)
    expect(() => run('wasm', kind, { x, filter: wrong, bias }, attrsOf(1, 'relu'))).toThrow('of shape')
  })
})

it('gives no gradient to a result of 0 or of 6, which may have been clipped', () => {
  const y = { shape: [1, 1, 1, 5], values: Float32Array.of(0, 6, 3, 5.9999995, NaN) }
  const dy = { shape: [1, 1, 1, 5], values: Float32Array.of(1, 2, 3, 4, 5) }
  const [dz, dBias] = runAll('wasm', 'PtuConv2DResultGrad', { dy, y }, { rectifier: 'relu6' })
  expect([...(dz?.values ?? [])]).toStrictEqual([0, 0, 3, 4, 0])
  expect([...(dBias?.values ?? [])]).toStrictEqual([0, 0, 3, 4, 0])
})
