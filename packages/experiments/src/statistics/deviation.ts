import { mean } from './mean.ts'

/** Deviations below this part of the largest value are rounding. */
const rounding = 1e-12

/**
 * The standard deviation of a sample: `√(Σ (xᵢ − mean)² / (n − 1))`.
 *
 * NaN for fewer than two values. 0 if all values are equal up to rounding.
 *
 * @example
 * ```ts
 * expect(deviation([1, 2, 3])).toBe(1)
 * ```
 */
export const deviation = (values: readonly number[]): number => {
  const centre = mean(values)
  const found = Math.sqrt(values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (values.length - 1))
  const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  return found <= rounding * largest ? 0 : found
}
