import { key } from '@ptu/core'
import { infer } from '@ptu/layers'
import { disposeParams, scope, valueAndGrad } from '@ptu/tensor'
import { mul, sum, tensor1d, tensor2d, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { noiseProbability, sample, type Noise } from './noise.ts'

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

  it('has one draw for all positions of a map', () => {
    expect(draw('constant', 0.9, 7, 4).every(binary)).toBe(true)
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
