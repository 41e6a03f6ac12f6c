import { OptionError, split, type Key } from '@ptu/core'

import type { IntervalMethod } from './interval.ts'
import type { Population } from './populations.ts'

/** The performance of an interval in repeated samples. */
export interface Coverage {
  /** The part of the intervals given that hold the true mean; NaN if none was given. */
  readonly coverage: number
  /** The mean length of the intervals given; NaN if none was given. */
  readonly length: number
  /** The part of samples for which an interval was given. */
  readonly given: number
}

/** The size of a simulation. */
export interface CoverageOptions {
  /** Values in a sample. */
  readonly count: number
  /** Samples. */
  readonly trials: number
}

/** Distances below this part of the true mean are rounding: a mean on the very end of an interval counts as held. */
const rounding = 1e-9

/**
 * Simulates how often an interval holds the true mean of a population, and how long it is.
 *
 * Trial `i` samples from the `i`-th key of `split(key, trials)`, so methods with the same key meet the same samples.
 *
 * Throws `OptionError` if `trials` is not a positive integer.
 *
 * @example
 * ```ts
 * const [normal] = populations
 * const always: IntervalMethod = () => ({ low: -1, high: 1 })
 * expect(coverageOf(key(0), always, normal!, { count: 5, trials: 10 })).toEqual({ coverage: 1, length: 2, given: 1 })
 * ```
 */
export const coverageOf = (
  key: Key,
  method: IntervalMethod,
  { mean, resolution, sample }: Population,
  { count, trials }: CoverageOptions,
): Coverage => {
  if (!Number.isInteger(trials) || trials < 1)
    throw new OptionError(`expected a positive integer as trials, got ${String(trials)}`)
  const slack = rounding * Math.abs(mean)
  let [given, held, length] = [0, 0, 0]
  for (const own of split(key, trials)) {
    const [samples, resamples] = split(own, 2) as [Key, Key]
    const interval = method(resamples, sample(samples, count), { resolution })
    if (interval === null) continue
    given++
    length += interval.high - interval.low
    if (interval.low - slack <= mean && mean <= interval.high + slack) held++
  }
  return { coverage: held / given, length: length / given, given: given / trials }
}
