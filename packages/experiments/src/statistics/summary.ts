import { OptionError, type Key } from '@ptu/core'
import { mean } from './mean.ts'

import type { Interval, IntervalOptions } from './interval.ts'
import { meanInterval } from './mean-interval.ts'
import { pairedDifference, type PairedDifference } from './paired-difference.ts'

/** The results of one method over the draws of a comparison, in an order all methods share. */
export interface MethodResults {
  readonly name: string
  readonly accuracies: readonly number[]
  /** Seconds of training per draw, the search for settings included. */
  readonly seconds: readonly number[]
}

/** The comparison of a method with one reference. */
export interface ReferenceDifference extends PairedDifference {
  readonly reference: string
}

/** One line of the table of a comparison. */
export interface SummaryRow {
  readonly name: string
  readonly draws: number
  readonly mean: number
  readonly interval: Interval | null
  /** The differences to each reference in the order given, but not to itself. */
  readonly differences: readonly ReferenceDifference[]
  readonly totalSeconds: number
}

const find = (results: readonly MethodResults[], reference: string): MethodResults => {
  const found = results.find(({ name }) => name === reference)
  if (found === undefined)
    throw new OptionError(
      `expected references among ${results.map(({ name }) => name).join(', ')}; got ${reference}, which has no results`,
    )
  return found
}

/**
 * Makes the table of a comparison: a row per method, paired with each of several references.
 *
 * References are alternatives that a reader could have used: every tuned baseline, fixed recipes that search nothing,
 * `any*`. All rows draw from one key, so a row does not depend on the other rows.
 *
 * Throws `OptionError` for a reference without results and for unequal numbers of draws.
 *
 * @example
 * ```ts
 * const results = [
 *   { name: 'ptu', accuracies: [0.9, 0.8, 0.8], seconds: [3, 3, 3] },
 *   { name: 'share*', accuracies: [0.7, 0.8, 0.7], seconds: [5, 6, 7] },
 *   { name: 'any*', accuracies: [0.8, 0.8, 0.8], seconds: [9, 9, 9] },
 * ]
 * const [ptu] = summarise(key(0), results, ['share*', 'any*'], { resolution: 0.1 })
 * expect(ptu?.differences.map(({ reference, wins }) => [reference, wins])).toEqual([['share*', 2.5], ['any*', 2]])
 * ```
 */
export const summarise = (
  key: Key,
  results: readonly MethodResults[],
  references: readonly string[],
  options: IntervalOptions = {},
): readonly SummaryRow[] => {
  const bases = references.map((reference) => find(results, reference))
  return results.map(({ name, accuracies, seconds }) => ({
    name,
    draws: accuracies.length,
    mean: mean(accuracies),
    interval: meanInterval(accuracies, options),
    differences: bases
      .filter((base) => base.name !== name)
      .map((base) => ({
        reference: base.name,
        ...pairedDifference(key, accuracies, base.accuracies, options),
      })),
    totalSeconds: seconds.reduce((sum, s) => sum + s, 0),
  }))
}
