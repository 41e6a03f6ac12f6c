import { key, uniforms } from '@ptu/core'
import { infer, type Mode } from '@ptu/layers'
import { disposeParams, scope, valueAndGrad, type ParamTree, type Shape } from '@ptu/tensor'
import { mul, sum, tensor1d, tensor2d, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import type { Openness } from './gate.ts'
import { hierarchicalGate } from './hierarchical-gate.ts'
import { drawsOf, noiseProbability, noisy, sample, type Noise } from './noise.ts'

const values = [0.1, 0.5, 0.9]

const draw = (noise: Noise, progress: number, batch = 20_000, rank: 2 | 4 = 2): readonly number[] => {
  const gate = tensor1d(values)
  const mixed = rank === 2 ? [batch, 3] : [batch, 5, 5, 3]
  const drawn = sample(gate, mixed, noise, { kind: 'train', key: key(4), progress })
  const numbers = [...drawn.dataSync()]
  expect(drawn.shape).toEqual(rank === 2 ? [batch, 3] : [batch, 1, 1, 3])
  disposeParams([gate, drawn])
  return numbers
}

const binary = (x: number): boolean => x === 0 || x === 1
const ofChannel = (numbers: readonly number[], c: number): readonly number[] => numbers.filter((_x, i) => i % 3 === c)
const meanOf = (numbers: readonly number[]): number => numbers.reduce((sum_, x) => sum_ + x, 0) / numbers.length

/** The share of entries in which two lists are the same. */
const agreement = (a: readonly number[], b: readonly number[]): number => meanOf(a.map((x, i) => (x === b[i] ? 1 : 0)))

describe('a noisy gate', () => {
  it('is exactly 0 or 1 at the start, open as often as the gate says', () => {
    const drawn = draw('annealed', 0)
    expect(drawn.every(binary)).toBe(true)
    values.forEach((g, c) => {
      // 5 standard deviations of a mean of 20000 draws
      expect(Math.abs(meanOf(ofChannel(drawn, c)) - g)).toBeLessThan(5 * Math.sqrt((g * (1 - g)) / 20_000))
    })
  })

  it('is a draw as often as the annealing says, else the gate itself', () => {
    const drawn = draw('annealed', 0.75)
    expect(Math.abs(drawn.filter(binary).length / drawn.length - 0.25)).toBeLessThan(0.01)
    drawn.forEach((x, i) => {
      if (!binary(x)) expect(x).toBeCloseTo(values[i % 3] ?? NaN, 6)
    })
  })

  it('is as open on average as the gate says, however far the annealing is', () => {
    const drawn = draw('annealed', 0.5)
    values.forEach((g, c) => {
      // half are draws, half the gate itself: 5 standard deviations of a mean of 20000 of them
      expect(Math.abs(meanOf(ofChannel(drawn, c)) - g)).toBeLessThan(5 * Math.sqrt((0.5 * g * (1 - g)) / 20_000))
    })
  })

  it('uses the key of the step for no draw of its own, neither of openness nor of which entries keep it', () => {
    const step = key(4)
    const { thresholds = [] } = drawsOf([2000, 3], 'annealed', { kind: 'train', key: step, progress: 0.5 }) ?? {}
    const own = uniforms(step, 6000)
    const keeps = Array.from(thresholds, (threshold) => Number(threshold >= 2))
    const wouldKeep = Array.from(own, (u) => Number(u >= 0.5))
    // 5 standard deviations of the share of 6000 tosses
    expect(Math.abs(agreement(keeps, wouldKeep) - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / 6000))
    expect(agreement([...thresholds], [...own])).toBe(0)
  })

  it('is the gate itself in every entry where draws are all but over', () => {
    expect(draw('annealed', 1 - 1e-9, 50)).toBeAllClose(Array.from({ length: 50 }, () => values).flat())
  })

  it('is drawn all the time where training does not say how far it is', () => {
    const gate = tensor1d(values)
    const drawn = sample(gate, [50, 3], 'annealed', { kind: 'train', key: key(4) })
    expect([...drawn.dataSync()].every(binary)).toBe(true)
    disposeParams([gate, drawn])
  })

  it('is drawn with certainty by constant noise, and never without noise', () => {
    expect([0, 0.5, 1].map((progress) => noiseProbability('constant', progress))).toEqual([1, 1, 1])
    expect([0, 0.5, 1].map((progress) => noiseProbability('none', progress))).toEqual([0, 0, 0])
  })

  it('has one draw for all positions of a map', () => {
    expect(draw('constant', 0.9, 7, 4).every(binary)).toBe(true)
  })

  it.each([[[8000, 2]], [[8000, 5, 2]], [[8000, 5, 5, 2]]])(
    'has a draw of its own for each example and channel of %j',
    (shape) => {
      const gate = tensor1d([0.5, 0.5])
      const drawn = sample(gate, shape, 'constant', { kind: 'train', key: key(4) })
      const numbers = [...drawn.dataSync()]
      const [left, right] = [numbers.filter((_x, i) => i % 2 === 0), numbers.filter((_x, i) => i % 2 === 1)]
      // 5 standard deviations of a share of 8000 in which independent draws agree
      expect(Math.abs(agreement(left, right) - 0.5)).toBeLessThan(0.028)
      expect(Math.abs(agreement(left, [...left.slice(1), 0]) - 0.5)).toBeLessThan(0.028)
      disposeParams([gate, drawn])
    },
  )

  it.each<readonly [string, (shape: Shape, mode: Mode) => Openness]>([
    [
      'given',
      (shape, mode) =>
        scope(() => {
          const half = tensor1d([0.5])
          return noisy({ update: half, fineTune: half }, shape, { update: 'constant', fineTune: 'constant' }, mode)
        }),
    ],
    [
      'learnt',
      (shape, mode) =>
        scope(() => {
          const gate = hierarchicalGate({ branches: 3, update: 0.5, fineTune: 0.5, noise: 'constant' })
          return gate.sample?.(gate.init(key(1), 1), shape, mode) as Openness
        }),
    ],
  ])('is drawn apart from the other gate of its unit: %s', (_name, draw) => {
    const drawn = draw([8000, 1], { kind: 'train', key: key(4) })
    const [update, fineTune] = [[...drawn.update.dataSync()], [...(drawn.fineTune?.dataSync() ?? [])]]
    expect(Math.abs(agreement(update, fineTune) - 0.5)).toBeLessThan(0.028)
    disposeParams(drawn as unknown as ParamTree)
  })

  it('passes its gradient straight through to the gate', () => {
    const weights = tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ])
    const gate = tensor1d(values)
    const { value, grads } = valueAndGrad((g: Tensor) =>
      scope(() =>
        sum<Scalar>(mul(sample(g, [2, 3], 'annealed', { kind: 'train', key: key(1), progress: 0.5 }), weights)),
      ),
    )(gate)
    expect(grads).toBeAllClose([5, 7, 9])
    disposeParams([weights, gate, value, grads])
  })

  it('is the gate itself at inference, at the end of annealing, and without noise', () => {
    const gate = tensor1d(values)
    const train = { kind: 'train', key: key(1), progress: 1 } as const
    const plain = [
      sample(gate, [4, 3], 'annealed', train),
      sample(gate, [4, 3], 'none', { ...train, progress: 0 }),
      sample(gate, [4, 3], 'constant', infer),
    ]
    for (const x of plain) expect([...x.dataSync()]).toEqual([...gate.dataSync()])
    disposeParams([gate, plain])
  })

  it('refuses a progress outside of 0 to 1', () => {
    expect(() => noiseProbability('annealed', 1.2)).toThrow('expected progress from 0 to 1, got 1.2')
  })
})
