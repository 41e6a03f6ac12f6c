import { OptionError, type Key } from '@ptu/core'
import { mean } from './mean.ts'

import { deviation } from './deviation.ts'
import type { Interval, IntervalOptions } from './interval.ts'
import { meanInterval } from './mean-interval.ts'
import { signFlipP } from './sign-flip.ts'

/** The comparison of one list of results with another, draw by draw. */
export interface PairedDifference {
  readonly count: number
  /** The mean of first minus second. */
  readonly mean: number
  /** The standard deviation of the differences; NaN for a single one. */
  readonly deviation: number
  /** The interval of the mean difference; null if too few or equal draws allow none. */
  readonly interval: Interval | null
  /** The number of draws in which the first is above the second; a tie counts a half. */
  readonly wins: number
  /** The two-sided sign-flip p, at least `2 / 2ⁿ`. */
  readonly p: number
}

/** Compares two methods by the lead of the first in each draw. */
export const differenceOf = (key: Key, differences: readonly number[], options: IntervalOptions): PairedDifference => ({
  count: differences.length,
  mean: mean(differences),
  deviation: deviation(differences),
  interval: meanInterval(differences, options),
  wins: differences.reduce((wins, d) => wins + (d > 0 ? 1 : d === 0 ? 0.5 : 0), 0),
  p: signFlipP(key, differences),
})

/**
 * Compares two lists of results that share their draws (same task, same labels, same seed), in one order.
 *
 * The interval is `meanInterval` of the differences. The key matters only beyond 32 draws, where sign patterns are
 * drawn.
 *
 * Throws `OptionError` if the lists differ in length, are empty or hold a number that is not finite.
 *
 * @example
 * ```ts
 * const { mean, wins, p } = pairedDifference(key(0), [0.9, 0.8, 0.7], [0.8, 0.8, 0.6], { resolution: 0.01 })
 * expect([mean, wins, p]).toEqual([expect.closeTo(0.067, 3), 2.5, 0.5])
 * ```
 */
export const pairedDifference = (
  key: Key,
  first: readonly number[],
  second: readonly number[],
  options: IntervalOptions = {},
): PairedDifference => {
  if (first.length !== second.length || first.length === 0)
    throw new OptionError(
      `expected results of the same draws, got ${String(first.length)} and ${String(second.length)} of them`,
    )
  return differenceOf(
    key,
    first.map((x, i) => x - (second[i] as number)),
    options,
  )
}
