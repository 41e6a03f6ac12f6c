import { OptionError, type Key } from '@ptu/core'

import { bootstrapInterval, mean, pairedDifference, type Interval, type PairedDifference } from './statistics.ts'

/** The results of one candidate over the cells of a comparison, in an order all candidates share. */
export interface CellResults {
  readonly name: string
  readonly accuracies: readonly number[]
  /** Seconds of training per cell, the search for settings included. */
  readonly seconds: readonly number[]
}

/** One line of the table of a comparison. */
export interface SummaryRow {
  readonly name: string
  readonly cells: number
  readonly mean: number
  readonly interval: Interval
  /** Against the reference; absent for the reference itself. */
  readonly difference?: PairedDifference
  readonly totalSeconds: number
}

/**
 * The table of a comparison: a row per candidate, each paired with the reference.
 *
 * All intervals draw from one key, so a row does not depend on which other rows there are.
 *
 * Throws `OptionError` for a reference that is not among the candidates, or for unequal numbers of cells.
 *
 * @example
 * ```ts
 * summarise(key(0), [{ name: 'ptu', accuracies: [0.9], seconds: [3] }, { name: 'share', accuracies: [0.8], seconds: [1] }], 'share')
 * ```
 */
export const summarise = (key: Key, results: readonly CellResults[], reference: string): readonly SummaryRow[] => {
  const base = results.find(({ name }) => name === reference)
  if (base === undefined)
    throw new OptionError(
      `expected the reference to be one of ${results.map(({ name }) => name).join(', ')}; got ${reference}`,
    )
  return results.map(({ name, accuracies, seconds }) => ({
    name,
    cells: accuracies.length,
    mean: mean(accuracies),
    interval: bootstrapInterval(key, accuracies),
    ...(name === reference ? {} : { difference: pairedDifference(key, accuracies, base.accuracies) }),
    totalSeconds: seconds.reduce((sum, s) => sum + s, 0),
  }))
}
