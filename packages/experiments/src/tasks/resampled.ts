import { stream, type Key } from '@ptu/core'

import { quantile } from '../statistics/bootstrap.ts'

/** The work that resampling may take: numbers that are read. */
const budget = 2e8

/**
 * The 95 % percentile bootstrap interval of a statistic of examples: the quantiles .025 and .975 over draws of as many
 * examples with replacement. There are 1,000 draws, or as few as 200 where an example is `width` numbers of very many.
 *
 * References:
 *   Efron & Tibshirani, "An introduction to the bootstrap", 1993, §13.3
 */
export const resampledInterval = (
  key: Key,
  { count, width }: { readonly count: number; readonly width: number },
  statistic: (places: Int32Array) => number,
): { readonly low: number; readonly high: number } => {
  const next = stream(key)
  const draws = Math.round(Math.min(1000, Math.max(200, budget / Math.max(1, count * width))))
  const places = new Int32Array(count)
  const found = Float64Array.from({ length: draws }, () => {
    for (let i = 0; i < count; i++) places[i] = Math.floor(next() * 2 ** -32 * count)
    return statistic(places)
  }).sort()
  return { low: quantile(found, 0.025), high: quantile(found, 0.975) }
}
