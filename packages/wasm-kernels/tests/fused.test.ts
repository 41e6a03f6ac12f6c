import {
  add,
  engine,
  getKernel,
  grads,
  mul,
  registerKernel,
  setBackend,
  sigmoid,
  sub,
  sum,
  tensor,
  unregisterKernel,
  type Tensor,
} from '@tensorflow/tfjs-core'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { adamStep, mixBranches } from '../src/index.ts'
import { noise, run, startKernels, type Numbers } from './support.ts'

beforeAll(async () => {
  await startKernels()
})

const toTensor = ({ shape, values }: Numbers): Tensor => tensor(values, [...shape])

/** Runs `compute` on a backend and returns its tensors' numbers, leaving none behind. */
const on = async (backend: string, compute: () => readonly Tensor[]): Promise<readonly Float32Array[]> => {
  await setBackend(backend)
  const results: Float32Array[] = []
  engine().tidy(() => {
    results.push(...compute().map((result) => result.dataSync<'float32'>()))
  })
  await setBackend('wasm')
  return results
}

const withoutKernel = <A>(name: string, compute: () => A): A => {
  const kernel = getKernel(name, 'wasm')
  unregisterKernel(name, 'wasm')
  try {
    return compute()
  } finally {
    registerKernel(kernel)
  }
}

const gap = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0) /
  a.reduce((most, value) => Math.max(most, Math.abs(value)), 1)

const shapes = [
  { branch: [7], gate: [7] },
  { branch: [3, 4], gate: [4] },
  { branch: [5, 3, 2, 7], gate: [7] },
  { branch: [5, 3, 2, 7], gate: [5, 1, 1, 7] },
  { branch: [2, 5, 8], gate: [2, 1, 8] },
  { branch: [1, 3, 3, 5], gate: [1, 1, 1, 5] },
  { branch: [4, 6, 6, 16], gate: [16] },
]

describe.each(shapes)('mixing branches $branch by gates $gate', ({ branch, gate }) => {
  const [source, fineTuned, random] = [1, 2, 3].map((seed) => noise(branch, seed)) as [Numbers, Numbers, Numbers]
  const [update, fineTune] = [4, 5].map((seed) => noise(gate, seed)) as [Numbers, Numbers]
  const two = (s: Tensor, r: Tensor, u: Tensor): Tensor => mixBranches({ source: s, fineTuned: r }, { update: u })
  const three = (s: Tensor, r: Tensor, u: Tensor, t: Tensor, f: Tensor): Tensor =>
    mixBranches({ source: s, fineTuned: r, random: t }, { update: u, fineTune: f })

  it('has the bits of the composed formula', async () => {
    const [actualTwo, actualThree, formulaTwo, formulaThree] = await on('wasm', () => {
      const [s, r, t, u, f] = [source, fineTuned, random, update, fineTune].map(toTensor) as never as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ]
      const open = add(mul(f, r), mul(sub(1, f), t))
      const mixed = (target: Tensor): Tensor => add(mul(sub(1, u), s), mul(u, target))
      return [two(s, r, u), three(s, r, u, t, f), mixed(r), mixed(open)]
    })
    expect(actualTwo).toStrictEqual(formulaTwo)
    expect(actualThree).toStrictEqual(formulaThree)
  })

  const cases: readonly (readonly [string, (...xs: Tensor[]) => Tensor, readonly Numbers[]])[] = [
    ['two', two, [source, fineTuned, update]],
    ['three', three, [source, fineTuned, update, random, fineTune]],
  ]

  it.each(cases)('has the gradients of the composed formula: %s branches', async (_, mix, inputs) => {
    const gradients = (): Tensor[] => {
      const tensors = inputs.map(toTensor)
      const loss = (...xs: Tensor[]): Tensor => {
        const mixed = mix(...xs)
        return sum(mul(sigmoid(mixed), toTensor(noise(branch, 9))))
      }
      return grads(loss)(tensors)
    }
    const expected = await on('cpu', gradients)
    const actual = await on('wasm', gradients)
    expected.forEach((values, i) => {
      expect(gap(values, actual[i] as Float32Array), `input ${i}`).toBeLessThan(1e-5)
    })
  })
})

describe('mixing branches', () => {
  it('gives one branch bit for bit where the gates are shut or open', async () => {
    const [s, r, t] = [1, 2, 3].map((seed) => noise([2, 3, 3, 5], seed)) as [Numbers, Numbers, Numbers]
    const constant = (value: number): Numbers => ({ shape: [5], values: new Float32Array(5).fill(value) })
    const mixed = await on('wasm', () =>
      [
        [0, 0],
        [1, 1],
        [1, 0],
      ].map(([u = 0, f = 0]) =>
        mixBranches(
          { source: toTensor(s), fineTuned: toTensor(r), random: toTensor(t) },
          { update: toTensor(constant(u)), fineTune: toTensor(constant(f)) },
        ),
      ),
    )
    expect(mixed).toStrictEqual([s.values, r.values, t.values])
  })

  it('refuses a random branch without a fine-tune gate', () => {
    const x = toTensor(noise([2, 3], 1))
    expect(() => mixBranches({ source: x, fineTuned: x, random: x }, { update: x })).toThrow('together')
    x.dispose()
  })

  it('refuses a gate that does not fit', () => {
    const x = toTensor(noise([2, 3], 1))
    const gate = toTensor(noise([2], 1))
    expect(() => mixBranches({ source: x, fineTuned: x }, { update: gate })).toThrow(/Expected a gate of shape \[3\]/)
    x.dispose()
    gate.dispose()
  })
})

describe('a step of Adam', () => {
  it('has the bits of the composed formula, at any size', () => {
    const attrs = { rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }
    const property = fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(1000), (size, seed) => {
      const [param, grad, mean] = [0, 1, 2].map((i) => toTensor(noise([size], seed + i))) as [Tensor, Tensor, Tensor]
      const raw = noise([size], seed + 3)
      const variance = toTensor({ ...raw, values: raw.values.map(Math.abs) })
      const tensors = { param, grad, mean, variance }
      const own = adamStep(tensors, attrs)
      const composed = withoutKernel('PtuAdam', () => adamStep(tensors, attrs))
      own.forEach((result, i) => {
        expect(result.dataSync()).toStrictEqual((composed[i] as Tensor).dataSync())
      })
      for (const x of [...own, ...composed, param, grad, mean, variance]) x.dispose()
    })
    fc.assert(property, { numRuns: 50, seed: 1 })
  })
})

describe('the gradient of a rectifier', () => {
  it('is the upstream gradient where the input is positive', () => {
    const y: Numbers = { shape: [7], values: Float32Array.of(1, -1, 0, 2, -0, 3, -4) }
    const dy: Numbers = { shape: [7], values: Float32Array.of(1, 2, 3, 4, 5, 6, 7) }
    expect([...run('wasm', 'PtuRectifierGrad', { dy, y }, { limit: Infinity }).values]).toStrictEqual([
      1, 0, 0, 4, 0, 6, 0,
    ])
  })

  it('of relu6 reaches an input of 6 and none above, as in tfjs', () => {
    const y: Numbers = { shape: [5], values: Float32Array.of(0, 3, 6, 6.0000005, -1) }
    const dy: Numbers = { shape: [5], values: Float32Array.of(1, 2, 3, 4, 5) }
    expect([...run('wasm', 'PtuRectifierGrad', { dy, y }, { limit: 6 }).values]).toStrictEqual([0, 2, 3, 0, 0])
  })
})
