import { OptionError, stream, type Key } from '@ptu/core'

import { checkValues } from './interval.ts'

/** The most differences for which all sign patterns are counted; for more, `drawn` patterns are. */
const exactUpTo = 32
const drawn = 2 ** 14

/** All `±d₁ ± d₂ …`, sorted. */
const signedSums = (differences: readonly number[]): Float64Array => {
  let sums = new Float64Array(1)
  for (const d of differences) {
    const longer = new Float64Array(2 * sums.length)
    sums.forEach((sum, i) => {
      longer[2 * i] = sum + d
      longer[2 * i + 1] = sum - d
    })
    sums = longer
  }
  return sums.sort()
}

/** Counts the pairs of an entry of `a` and an entry of `b`, both sorted, whose sum is at least `least`. */
const pairsAbove = (a: Float64Array, b: Float64Array, least: number): number => {
  let count = 0
  let from = b.length
  for (const x of a) {
    while (from > 0 && x + (b[from - 1] as number) >= least) from--
    count += b.length - from
  }
  return count
}

/** The part of all `2ⁿ` patterns whose sum is at least `least` from 0, by the sorted sums of either half. */
const exactShare = (differences: readonly number[], least: number): number => {
  const half = differences.length >> 1
  const [a, b] = [signedSums(differences.slice(0, half)), signedSums(differences.slice(half))]
  // Every pattern has its opposite, so either tail holds as many.
  return (2 * pairsAbove(a, b, least)) / 2 ** differences.length
}

const sampledShare = (key: Key, differences: readonly number[], least: number): number => {
  const next = stream(key)
  let extreme = 1
  for (let pattern = 0; pattern < drawn; pattern++) {
    const sum = differences.reduce((total, d) => total + (next() >>> 31 === 1 ? -d : d), 0)
    if (Math.abs(sum) >= least) extreme++
  }
  return extreme / (drawn + 1)
}

/**
 * The two-sided sign-flip permutation p of paired differences: the probability, if they are symmetric about 0, of a
 * mean at least as far from 0 as the observed one.
 *
 * It is exact up to 32 differences. Beyond, it uses 2¹⁴ random patterns and counts the observed pattern among them. The
 * p of `n` differences is at least `2 / 2ⁿ`: for five draws that is .0625. NaN for no differences.
 *
 * Throws `OptionError` if a difference is not finite.
 *
 * References:
 *   Phipson & Smyth, "Permutation p-values should never be zero", 2010, §3, https://arxiv.org/abs/1603.05766
 *
 * @example
 * ```ts
 * expect(signFlipP(key(0), [1, 2, 3])).toBe(2 / 8) // all three up, or all three down
 * ```
 */
export const signFlipP = (key: Key, differences: readonly number[]): number => {
  checkValues(differences)
  if (differences.length === 0) return NaN
  const sum = differences.reduce((total, d) => total + d, 0)
  const size = differences.reduce((total, d) => total + Math.abs(d), 0)
  const least = Math.abs(sum) - 1e-12 * size
  if (least <= 0) return 1
  return differences.length <= exactUpTo ? exactShare(differences, least) : sampledShare(key, differences, least)
}

/**
 * The smallest sign-flip p that `count` draws can reach: `2 / 2ⁿ`, or `1 / (patterns + 1)` if patterns are drawn at
 * random.
 *
 * @example
 * ```ts
 * expect(smallestSignFlipP(5)).toBe(0.0625)
 * ```
 */
export const smallestSignFlipP = (count: number): number =>
  count <= exactUpTo ? Math.min(1, 2 / 2 ** count) : 1 / (drawn + 1)

/** The fewest draws whose sign-flip p can fall below `significance`. */
export const fewestDraws = (significance: number): number => {
  if (!(significance > 0 && significance < 1))
    throw new OptionError(`expected a significance between 0 and 1, got ${String(significance)}; give 0.05 for 5 %`)
  return Math.floor(1 - Math.log2(significance)) + 1
}
