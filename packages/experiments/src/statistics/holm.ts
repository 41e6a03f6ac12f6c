import { OptionError } from '@ptu/core'

/**
 * Holm's adjusted p-values: for the sorted `p₁ ≤ … ≤ pₘ`, `max over j ≤ i of min(1, (m - j + 1) · pⱼ)`, returned in the
 * order given.
 *
 * The probability of rejecting any true hypothesis among all `m` is at most the significance, however they depend on
 * each other.
 *
 * Throws `OptionError` if a p is not between 0 and 1.
 *
 * References:
 *   Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6, 1979, §3, https://www.jstor.org/stable/4615733
 *
 * @example
 * ```ts
 * expect(holm([0.04, 0.01, 0.03])).toEqual([0.06, 0.03, 0.06])
 * ```
 */
export const holm = (pValues: readonly number[]): readonly number[] => {
  const wrong = pValues.find((p) => !(p >= 0 && p <= 1))
  if (wrong !== undefined) throw new OptionError(`expected p-values between 0 and 1, got ${String(wrong)}`)
  const adjusted = pValues.map(() => 1)
  const order = pValues.map((p, place) => ({ p, place })).sort((a, b) => a.p - b.p)
  order.reduce((largest, { p, place }, i) => {
    const next = Math.max(largest, Math.min(1, (pValues.length - i) * p))
    adjusted[place] = next
    return next
  }, 0)
  return adjusted
}
