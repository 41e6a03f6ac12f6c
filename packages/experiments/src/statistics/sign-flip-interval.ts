import { stream, type Key } from '@ptu/core'
import { mean } from './mean.ts'

import { checkLevel, checkValues, type Interval, type IntervalOptions } from './interval.ts'

/** The most values for which all subsets are taken; for more, `drawnSubsets` random subsets are. */
const subsetsUpTo = 14
const drawnSubsets = 2 ** 14

/** The mean of each non-empty subset, or of `drawnSubsets` random ones, sorted. */
const subsetMeans = (key: Key, values: readonly number[]): Float64Array => {
  const next = stream(key)
  const isExact = values.length <= subsetsUpTo
  const count = isExact ? 2 ** values.length - 1 : drawnSubsets - 1
  const means = Float64Array.from({ length: count }, (_, i) => {
    const chosen = isExact ? values.filter((_, j) => ((i + 1) >> j) & 1) : values.filter(() => next() >>> 31 === 1)
    return mean(chosen)
  })
  return means.filter((m) => !Number.isNaN(m)).sort()
}

/**
 * The interval of all means that a sign-flip test would not reject: order statistics of the means of subsets.
 *
 * It is exact for up to 14 symmetric values; for more it uses 2¹⁴ random subsets. Null if no mean is rejected; at level
 * .95 that is so for fewer than six values.
 *
 * References:
 *   Hartigan, "Using subsample values as typical values", J. Am. Stat. Assoc. 64, 1969, §2, https://doi.org/10.1080/01621459.1969.10501057
 *
 * @example
 * ```ts
 * expect(signFlipInterval(key(0), [1, 2, 3, 4, 5])).toBeNull()
 * expect(signFlipInterval(key(0), [1, 2, 3, 4, 5, 6])).toEqual({ low: 1, high: 6 })
 * ```
 */
export const signFlipInterval = (
  key: Key,
  values: readonly number[],
  { level = 0.95 }: IntervalOptions = {},
): Interval | null => {
  checkLevel(level)
  checkValues(values)
  const means = subsetMeans(key, values)
  // As many subset means below the interval, and above it, as keep the p of an end at or below 1 - level.
  const outside = Math.floor(((1 - level) / 2) * (means.length + 1) + 1e-9)
  const [low, high] = [means[outside - 1], means[means.length - outside]]
  return low === undefined || high === undefined ? null : { low, high }
}
