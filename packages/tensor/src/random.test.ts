import { key, noKey, split, type Key } from '@ptu/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { bernoulli, normal, truncatedNormal, uniform } from './random.ts'

const shape = [100, 200, 2]
const count = 40_000

const numbers = (x: Tensor): readonly number[] => {
  const values = [...x.dataSync()]
  x.dispose()
  return values
}

/** Sample mean and variance. */
const moments = (x: Tensor): readonly [number, number] => {
  const values = numbers(x)
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count]
}

// The bounds are 5 standard errors of each statistic.
describe.each([
  ['uniform', () => uniform(key(1), shape, -1, 3), 1, 16 / 12, 0.8],
  ['normal', () => normal(key(2), shape, 2), 0, 4, 2],
  ['truncatedNormal', () => truncatedNormal(key(3), shape, 2), 0, 4, 1.17],
  ['bernoulli', () => bernoulli(key(4), shape, 0.3), 0.3, 0.21, 0.59],
] as const)('%s', (_name, draw, mean, variance, spreadOfVariance) => {
  it('has the mean and variance it promises', () => {
    const [m, v] = moments(draw())
    expect(Math.abs(m - mean)).toBeLessThan(5 * Math.sqrt(variance / count))
    // the variance of (x - μ)² is (kurtosis - 1)·variance²
    expect(Math.abs(v - variance)).toBeLessThan(5 * spreadOfVariance * variance * Math.sqrt(1 / count) + 1e-4)
  })

  it('has the shape asked for, in float32, and the same numbers each time', () => {
    const [a, b] = [draw(), draw()]
    expect([a.shape, a.dtype]).toEqual([shape, 'float32'])
    expect(numbers(a)).toEqual(numbers(b))
  })
})

describe('random tensors', () => {
  it('keep their numbers from version to version', () => {
    const draws = [uniform, normal, truncatedNormal].map((draw) => numbers(draw(key(1), [3])))
    const kept = [
      [0.014145, 0.041752, 0.599845],
      [2.818512, 0.756839, -0.988467],
      [-1.123736, 0.998264, 0.044351],
    ]
    draws.forEach((draw, i) => {
      draw.forEach((value, j) => {
        expect(value).toBeCloseTo(kept[i]?.[j] ?? NaN, 5)
      })
    })
  })

  it('differ between keys', () => {
    const [a, b] = split(key(5), 2).map((k) => numbers(normal(k, [8])))
    expect(a).not.toEqual(b)
  })

  it('may be scalars or empty', () => {
    expect(numbers(normal(key(1), []))).toHaveLength(1)
    expect(numbers(truncatedNormal(key(1), [0, 4]))).toEqual([])
  })

  it('keep their bounds', () => {
    expect(numbers(uniform(key(7), shape, -1, 3)).every((x) => x >= -1 && x <= 3)).toBe(true)
    const cut = 2 / 0.8796256610342398
    expect(numbers(truncatedNormal(key(8), shape)).every((x) => Math.abs(x) <= cut + 1e-6)).toBe(true)
    expect(new Set(numbers(bernoulli(key(9), shape, 0.5)))).toEqual(new Set([0, 1]))
    expect(new Set(numbers(bernoulli(key(9), shape, 0)))).toEqual(new Set([0]))
    expect(new Set(numbers(bernoulli(key(9), shape, 1)))).toEqual(new Set([1]))
  })

  it('are zeros by the key that draws nothing', () => {
    const certain = (k: Key, size: readonly number[]): Tensor => bernoulli(k, size, 1)
    for (const make of [uniform, normal, truncatedNormal, certain]) {
      const made = make(noKey, [2, 3])
      expect(made.shape).toEqual([2, 3])
      expect(numbers(made)).toEqual([0, 0, 0, 0, 0, 0])
    }
    expect(numbers(certain(key(1), [2]))).toEqual([1, 1])
  })
})
