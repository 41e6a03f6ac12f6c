import { OptionError, type Key } from '@ptu/core'

/** A range of plausible values. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** The options of an interval of a mean. */
export interface IntervalOptions {
  /** The part of repetitions in which the interval should hold the true mean; 0.95 unless given. */
  readonly level?: number
  /**
   * The smallest step between two values that differ, such as `1 / test examples` for accuracies; 0 unless given.
   * It bounds the interval of values that happen to be equal.
   */
  readonly resolution?: number
}

/** A method that puts an interval around the mean of independent values; null if it cannot. */
export type IntervalMethod = (key: Key, values: readonly number[], options?: IntervalOptions) => Interval | null

/** Throws `OptionError` unless `level` lies strictly between 0 and 1. */
export const checkLevel = (level: number): void => {
  if (!(level > 0 && level < 1))
    throw new OptionError(`expected a level between 0 and 1, got ${String(level)}; give 0.95 for 95 %`)
}

/** Throws `OptionError` if a value is not a finite number. */
export const checkValues = (values: readonly number[]): void => {
  const wrong = values.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0)
    throw new OptionError(
      `expected finite results, got ${String(values[wrong])} at place ${String(wrong)}; leave out runs that failed`,
    )
}

/** The interval from `low` to `high`, or null if either is not a finite number. */
export const finiteInterval = (low: number, high: number): Interval | null =>
  Number.isFinite(low) && Number.isFinite(high) ? { low, high } : null
