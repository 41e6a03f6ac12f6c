import type { Key } from '@ptu/core'
import { mean } from './mean.ts'

import { quantile, resample, type BootstrapOptions } from './bootstrap.ts'
import { deviation } from './deviation.ts'
import { checkLevel, finiteInterval, type Interval } from './interval.ts'
import { normalProbability, normalQuantile } from './normal.ts'

/**
 * Computes the bias-corrected and accelerated interval of a mean from the means of its resamples: their quantiles
 * `Φ(z₀ + w)`.
 *
 * Here `w = (z₀ + z) / (1 - a · (z₀ + z))` with `z = Φ⁻¹((1 ± level) / 2)`. The bias correction `z₀` is `Φ⁻¹` of the
 * part of resampled means below the mean, ties counted half. The acceleration is `a = Σ d³ / (6 · (Σ d²)^1.5)` with the
 * differences `d` from the mean.
 */
export const bcaOf = (values: readonly number[], means: Float64Array, level: number): Interval | null => {
  const centre = mean(values)
  const power = (exponent: number): number => values.reduce((sum, x) => sum + (x - centre) ** exponent, 0)
  const acceleration = power(3) / (6 * power(2) ** 1.5)
  const share = means.reduce((sum, m) => sum + (m < centre ? 1 : m === centre ? 0.5 : 0), 0) / means.length
  if (!(share > 0 && share < 1)) return null
  const bias = normalQuantile(share)
  const sorted = means.slice().sort()
  const end = (q: number): number => {
    const shifted = bias + normalQuantile(q)
    return quantile(sorted, normalProbability(bias + shifted / (1 - acceleration * shifted)))
  }
  return finiteInterval(end((1 - level) / 2), end((1 + level) / 2))
}

/**
 * The BCa bootstrap interval of a mean. Null for fewer than two values and for equal values.
 *
 * References:
 *   Efron & Tibshirani, "An introduction to the bootstrap", 1993, §14.3
 */
export const bcaInterval = (
  key: Key,
  values: readonly number[],
  { level = 0.95, resamples = 10_000 }: BootstrapOptions = {},
): Interval | null => {
  checkLevel(level)
  if (values.length < 2 || deviation(values) === 0) return null
  return bcaOf(values, resample(key, values, resamples, mean), level)
}
