import { key } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { resampledInterval } from './resampled.ts'

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, x) => sum + x / values.length, 0)

/** The statistic of each draw, in rising order, and the interval. */
const intervalOf = (count: number, width: number, seed = 0) => {
  const found: number[] = []
  const interval = resampledInterval(key(seed), { count, width }, (places) => {
    found.push(mean(places))
    return mean(places)
  })
  return { found: found.sort((a, b) => a - b), ...interval }
}

describe('the interval of resampled examples', () => {
  it('leaves out a fortieth of 1,000 draws at each end', () => {
    const { found, low, high } = intervalOf(40, 1)
    expect(found).toHaveLength(1000)
    const at = (i: number): number => found[i] ?? NaN
    // Place .025 · 999 = 24.975 and .975 · 999 = 974.025.
    expect(low).toBeCloseTo(0.025 * at(24) + 0.975 * at(25), 12)
    expect(high).toBeCloseTo(0.975 * at(974) + 0.025 * at(975), 12)
  })

  it('is of draws from all examples, each as likely', () => {
    const times = new Float64Array(5)
    resampledInterval(key(1), { count: 5, width: 1 }, (places) => {
      for (const place of places) times[place] = (times[place] ?? 0) + 1
      return 0
    })
    // 5,000 places: 1,000 of each, with a standard deviation of 28.
    expect(times.every((n) => Math.abs(n - 1000) < 120)).toBe(true)
  })

  it('is that of a mean, 1.96 standard errors to each side', () => {
    const intervals = Array.from({ length: 8 }, (_, seed) => intervalOf(100, 1, seed))
    // The standard error of the mean of 100 places of 0 to 99 is √(9999 / 12) / 10 = 2.887; a quantile varies by .09 here.
    expect(Math.abs(mean(intervals.map(({ low }) => low)) - (49.5 - 1.96 * 2.887))).toBeLessThan(0.3)
    expect(Math.abs(mean(intervals.map(({ high }) => high)) - (49.5 + 1.96 * 2.887))).toBeLessThan(0.3)
  })

  it('takes fewer draws of long rows, and at least 200', () => {
    expect(intervalOf(100, 4000).found).toHaveLength(500)
    expect(intervalOf(100, 1e6).found).toHaveLength(200)
  })
})
