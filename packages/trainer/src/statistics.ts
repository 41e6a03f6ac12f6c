import { OptionError, stream, type Key } from '@ptu/core'

/** A range of plausible values. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** The arithmetic mean; NaN of nothing. */
export const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length

/** The value below which a part `q` of the sorted values lies, linear between neighbours. */
const quantile = (sorted: Float64Array, q: number): number => {
  const at = q * (sorted.length - 1)
  const below = sorted[Math.floor(at)] ?? NaN
  return below + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? NaN) - below)
}

/**
 * The percentile bootstrap interval of a mean over independent cells.
 *
 * Draws `resamples` sets of as many cells, with replacement, and returns the quantiles `(1 ± level) / 2` of their means.
 * Too narrow for a handful of cells: with 5, the true coverage of a nominal 95 % is about 84 % for normal data.
 *
 * References:
 *   Efron & Tibshirani, "An introduction to the bootstrap", 1993, §13.3
 */
export const bootstrapInterval = (
  key: Key,
  values: readonly number[],
  { level = 0.95, resamples = 10_000 }: { readonly level?: number; readonly resamples?: number } = {},
): Interval => {
  const next = stream(key)
  const means = Float64Array.from({ length: resamples }, () => {
    const sum = values.reduce((total) => total + (values[Math.floor(next() * 2 ** -32 * values.length)] ?? NaN), 0)
    return sum / values.length
  }).sort()
  return { low: quantile(means, (1 - level) / 2), high: quantile(means, (1 + level) / 2) }
}

/** All sign patterns of up to this many differences are counted; of more, as many are drawn. */
const exactUpTo = 14

const signedSum = (differences: readonly number[], isFlipped: (i: number) => boolean): number =>
  differences.reduce((sum, d, i) => sum + (isFlipped(i) ? -d : d), 0)

/**
 * The two-sided sign-flip permutation p of paired differences: under the hypothesis that they are symmetric about 0,
 * how often a mean is at least as far from 0 as the one seen.
 *
 * Exact up to 14 pairs; beyond, from 2¹⁴ random patterns with the pattern seen counted among them.
 *
 * References:
 *   Phipson & Smyth, "Permutation p-values should never be zero", 2010, §3, https://arxiv.org/abs/1603.05766
 */
export const signFlipP = (key: Key, differences: readonly number[]): number => {
  const count = differences.length
  const patterns = 2 ** Math.min(count, exactUpTo)
  const rounding = 1e-12 * differences.reduce((sum, d) => sum + Math.abs(d), 0)
  const seen = Math.abs(signedSum(differences, () => false)) - rounding
  const next = stream(key)
  const isExact = count <= exactUpTo
  let extreme = isExact ? 0 : 1
  for (let pattern = 0; pattern < patterns; pattern++) {
    const flips = isExact ? (i: number) => ((pattern >> i) & 1) === 1 : () => (next() & 1) === 1
    if (Math.abs(signedSum(differences, flips)) >= seen) extreme++
  }
  return extreme / (isExact ? patterns : patterns + 1)
}

/** How one list of cells compares with another, cell by cell. */
export interface PairedDifference {
  readonly count: number
  readonly mean: number
  readonly interval: Interval
  /** Cells where the first is above the second; a tie counts a half. */
  readonly wins: number
  readonly p: number
}

/**
 * Compares two lists of results that share their cells (same task, same labels, same seed), in one order.
 *
 * Throws `OptionError` where the lists differ in length.
 *
 * @example
 * ```ts
 * pairedDifference(key(0), [0.9, 0.8, 0.7], [0.8, 0.8, 0.6]) // mean 0.067, wins 2.5, p 0.5
 * ```
 */
export const pairedDifference = (key: Key, first: readonly number[], second: readonly number[]): PairedDifference => {
  if (first.length !== second.length)
    throw new OptionError(
      `expected results of the same cells, got ${String(first.length)} and ${String(second.length)} of them`,
    )
  const differences = first.map((x, i) => x - (second[i] ?? NaN))
  return {
    count: differences.length,
    mean: mean(differences),
    interval: bootstrapInterval(key, differences),
    wins: differences.reduce((wins, d) => wins + (d > 0 ? 1 : d === 0 ? 0.5 : 0), 0),
    p: signFlipP(key, differences),
  }
}
