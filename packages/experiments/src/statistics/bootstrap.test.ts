import { key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import golden from '../../fixtures/statistics.json' with { type: 'json' }
import { bcaInterval, bcaOf } from './bca.ts'
import { bootstrapTInterval, percentileInterval } from './bootstrap.ts'
import { signFlipInterval } from './sign-flip-interval.ts'

const sample = [...normals(key(1), 9)]

describe('the percentile interval', () => {
  it('of two values has the quantiles of their three possible means', () => {
    // means 0, 1, 2 with chances 1/4, 1/2, 1/4
    expect(percentileInterval(key(0), [0, 2])).toEqual({ low: 0, high: 2 })
    expect(percentileInterval(key(0), [0, 2], { level: 0.4 })).toEqual({ low: 1, high: 1 })
  })

  it('lies between neighbouring means where a quantile does', () => {
    // One resample of three values: every quantile is its mean. Two resamples: linear between both.
    const one = percentileInterval(key(5), [1, 2, 6], { resamples: 1 })
    expect(one?.low).toBe(one?.high)
    const two = percentileInterval(key(5), [1, 2, 6], { resamples: 2, level: 0.5 })
    const all = percentileInterval(key(5), [1, 2, 6], { resamples: 2, level: 1 - 1e-12 })
    if (two === null || all === null) throw new Error('no interval')
    expect(two.low).toBeCloseTo(all.low + 0.25 * (all.high - all.low), 9)
    expect(two.high).toBeCloseTo(all.low + 0.75 * (all.high - all.low), 9)
  })

  it('draws 10,000 resamples unless told', () => {
    expect(percentileInterval(key(0), sample)).toEqual(percentileInterval(key(0), sample, { resamples: 10_000 }))
    expect(percentileInterval(key(0), sample)).not.toEqual(percentileInterval(key(1), sample))
  })

  it('is not given of a single value', () => {
    expect(percentileInterval(key(0), [1])).toBeNull()
  })
})

describe('the BCa interval', () => {
  it.each(golden.bca)(
    'of $values and the resamples of SciPy is that of SciPy',
    ({ values, level, means, low, high }) => {
      const found = bcaOf(values, Float64Array.from(means), level)
      expect(found?.low).toBeCloseTo(low, 10)
      expect(found?.high).toBeCloseTo(high, 10)
    },
  )

  it('is made from its own resamples of the values', () => {
    const { low, high } = bcaInterval(key(2), sample) ?? { low: NaN, high: NaN }
    const plain = percentileInterval(key(2), sample) ?? { low: NaN, high: NaN }
    expect(Math.abs(low - plain.low)).toBeLessThan(0.2)
    expect(Math.abs(high - plain.high)).toBeLessThan(0.2)
    expect(bcaInterval(key(2), sample)).not.toEqual(plain)
  })

  it('is not given of equal values, of one, and where all resampled means lie on one side', () => {
    expect(bcaInterval(key(0), [2, 2, 2])).toBeNull()
    expect(bcaInterval(key(0), [2])).toBeNull()
    expect(bcaOf([1, 2, 3], Float64Array.of(4, 5), 0.95)).toBeNull()
    expect(bcaOf([1, 2, 3], Float64Array.of(0, 1), 0.95)).toBeNull()
  })
})

describe('the studentised bootstrap interval', () => {
  it('turns the quantiles of t* around: the far end is on the side of the long tail', () => {
    const skewed = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 3, 0.15, 0.25, 0.35]
    const mean = 0.525
    const { low, high } = bootstrapTInterval(key(0), skewed) ?? { low: NaN, high: NaN }
    expect(high - mean).toBeGreaterThan(2 * (mean - low))
    expect(low).toBeLessThan(mean)
  })

  it('moves and stretches with its values', () => {
    const moved = bootstrapTInterval(
      key(3),
      sample.map((x) => 5 + 2 * x),
    )
    const { low, high } = bootstrapTInterval(key(3), sample) ?? { low: NaN, high: NaN }
    expect(moved?.low).toBeCloseTo(5 + 2 * low, 9)
    expect(moved?.high).toBeCloseTo(5 + 2 * high, 9)
  })

  it("is near Student's for many normal values", () => {
    const many = [...normals(key(4), 400)]
    const { low, high } = bootstrapTInterval(key(0), many, { resamples: 4000 }) ?? { low: NaN, high: NaN }
    // 2 · 1.966 / √400, up to the error of sample and quantiles
    expect(Math.abs(high - low - 0.1966)).toBeLessThan(0.02)
  })

  it('is not given where resamples of equal values reach an end, and of equal values', () => {
    expect(bootstrapTInterval(key(0), [1, 2, 3])).toBeNull()
    expect(bootstrapTInterval(key(0), [1, 1, 1, 1, 1])).toBeNull()
    expect(bootstrapTInterval(key(0), [1])).toBeNull()
  })
})

describe('the sign-flip interval', () => {
  it('is not given of fewer than six values, and reaches from the least to the most of six', () => {
    expect(signFlipInterval(key(0), [1, 2, 3, 4, 5])).toBeNull()
    expect(signFlipInterval(key(0), [4, 2, 3, 1, 5, 9])).toEqual({ low: 1, high: 9 })
  })

  it('drops the outermost means of subsets: three on either side of seven values', () => {
    // means of subsets of 1, 2, 4, 8, 16, 32, 64, sorted: 1, 1.5, 2, …, 40, 48, 64; .025 · 128 = 3.2.
    expect(signFlipInterval(key(0), [1, 2, 4, 8, 16, 32, 64])).toEqual({ low: 2, high: 40 })
  })

  it('does not depend on the key up to 14 values, and is near that of all subsets beyond', () => {
    const values = [...normals(key(6), 14)]
    expect(signFlipInterval(key(1), values)).toEqual(signFlipInterval(key(2), values))
    const longer = [...normals(key(6), 40)]
    const { low, high } = signFlipInterval(key(1), longer) ?? { low: NaN, high: NaN }
    expect(signFlipInterval(key(2), longer)).not.toEqual({ low, high })
    // About 4 standard errors of 1 / √40
    expect(Math.abs(high - low - 4 / Math.sqrt(40))).toBeLessThan(0.15)
  })
})

describe('every bootstrap interval', () => {
  const methods = { percentileInterval, bcaInterval, bootstrapTInterval }
  it.each(Object.entries(methods))('%s is longer at a higher level', (_, method) => {
    const length = (level: number): number => {
      const found = method(key(0), sample, { level })
      return found === null ? NaN : found.high - found.low
    }
    expect(length(0.95)).toBeGreaterThan(length(0.8))
    expect(method(key(0), sample)).toEqual(method(key(0), sample, { level: 0.95, resamples: 10_000 }))
  })

  it.each([0.95, 0.8])('of values with the other sign is the one with the other sign, at level %s', (level) => {
    const skewed = sample.map((x) => Math.exp(x))
    for (const method of [percentileInterval, bootstrapTInterval]) {
      const found = method(key(0), skewed, { level })
      const mirrored = method(
        key(0),
        skewed.map((x) => -x),
        { level },
      )
      expect(mirrored?.low).toBeCloseTo(-(found?.high ?? NaN), 9)
      expect(mirrored?.high).toBeCloseTo(-(found?.low ?? NaN), 9)
    }
  })

  it.each(Object.entries({ ...methods, signFlipInterval }))('%s refuses what is out of range', (_, method) => {
    expect(() => method(key(0), sample, { level: 1.2 })).toThrow('expected a level between 0 and 1, got 1.2')
    expect(() => method(key(0), [1, 2, Infinity])).toThrow('expected finite results, got Infinity at place 2')
  })

  it.each(Object.entries(methods))('%s refuses a number of resamples that is none', (_, method) => {
    expect(() => method(key(0), sample, { resamples: 0 })).toThrow('expected a positive integer as resamples, got 0')
    expect(() => method(key(0), sample, { resamples: 2.5 })).toThrow('got 2.5')
  })
})
