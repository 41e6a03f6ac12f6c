import { criticalFactor } from './mean-interval.ts'
import { normalQuantile } from './normal.ts'
import type { PairedDifference } from './paired-difference.ts'
import { fewestDraws } from './sign-flip.ts'

/** The outcome of a comparison, and the number of draws for a clearer one. */
export interface Decision {
  readonly outcome: 'ahead' | 'behind' | 'undecided'
  /** Fewer draws than this can decide nothing, whatever their results. */
  readonly fewestDraws: number
  /**
   * The approximate number of further draws that would separate the two; 0 if they are separate, null if nothing can be
   * said.
   */
  readonly moreDraws: number | null
}

/** The demands on a decision. */
export interface DecisionOptions {
  /** A difference counts if its p is below this; 0.05 unless given. It has to fit the level of the interval. */
  readonly significance?: number
}

/** The demands on an estimated number of draws. */
export interface DrawsOptions extends DecisionOptions {
  /**
   * The probability that so many draws decide, if the observed difference and spread are the true ones; 0.8 unless
   * given.
   */
  readonly power?: number
}

/** Nobody runs more. */
const most = 10_000

/**
 * Estimates how many draws would separate two methods that differ as observed: the least `n` with
 * `√n · |mean| / s ≥ c(n) + Φ⁻¹(power)`.
 *
 * Here `s` is the standard deviation of the differences, and `c(n)` the standard errors on either side of
 * `meanInterval`. Both are estimates from few draws, so the number is a guide. Null for fewer than three draws, without
 * a spread or a difference, and beyond 10,000 draws.
 *
 * Throws `OptionError` on a significance or power outside (0, 1).
 *
 * @example
 * ```ts
 * const seen = pairedDifference(key(0), [0.75, 0.8, 0.71], [0.74, 0.77, 0.72])
 * expect(drawsToDecide(seen)).toBe(50)
 * ```
 */
export const drawsToDecide = (
  { count, mean, deviation }: Pick<PairedDifference, 'count' | 'mean' | 'deviation'>,
  { significance = 0.05, power = 0.8 }: DrawsOptions = {},
): number | null => {
  const least = fewestDraws(significance)
  const margin = normalQuantile(power)
  if (count < 3 || !(deviation > 0) || mean === 0) return null
  const isEnough = (n: number): boolean =>
    (Math.sqrt(n) * Math.abs(mean)) / deviation >= criticalFactor(n, 1 - significance) + margin
  if (!isEnough(most)) return null
  let [low, high] = [least - 1, most]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (isEnough(middle)) high = middle
    else low = middle
  }
  return high
}

/**
 * Decides whether the first of two methods is ahead. It is only if the interval excludes 0 and the sign-flip p is below
 * `significance`.
 *
 * The p of `n` draws is at least `2 / 2ⁿ`, so at .05 fewer than six draws never decide. To judge one of several
 * methods, give differences whose `p` was corrected by `holm`.
 *
 * Throws `OptionError` on a significance outside (0, 1).
 *
 * @example
 * ```ts
 * const five = pairedDifference(key(0), [5, 6, 7, 6, 5], [1, 2, 2, 3, 1])
 * expect(decision(five)).toMatchObject({ outcome: 'undecided', fewestDraws: 6, moreDraws: 1 })
 * ```
 */
export const decision = (difference: PairedDifference, { significance = 0.05 }: DecisionOptions = {}): Decision => {
  const { count, interval, p } = difference
  const least = fewestDraws(significance)
  const isAhead = interval !== null && interval.low > 0
  const isBehind = interval !== null && interval.high < 0
  if (p < significance && (isAhead || isBehind))
    return { outcome: isAhead ? 'ahead' : 'behind', fewestDraws: least, moreDraws: 0 }
  const wanted = drawsToDecide(difference, { significance })
  return { outcome: 'undecided', fewestDraws: least, moreDraws: wanted === null ? null : Math.max(1, wanted - count) }
}
