import { meanInterval, wilson } from '@ptu/experiments'

import type { Measured } from './explanation.ts'

/** The range that values lie in, and the smallest step between two that differ. */
export interface MeanOptions {
  readonly least?: number
  readonly resolution?: number
}

/** The mean of values of independent examples, each from `least` to 1, with the 95 % interval of comparisons. */
export const measuredMean = (values: readonly number[], { least = -1, resolution = 0 }: MeanOptions = {}): Measured => {
  const interval = meanInterval(values, { resolution })
  return {
    value: values.reduce((sum, value) => sum + value, 0) / values.length,
    interval: interval && { low: Math.max(least, interval.low), high: Math.min(1, interval.high) },
  }
}

/** A part of independent examples, with Wilson's 95 % interval. */
export const measuredPart = (right: number, count: number): Measured => ({
  value: right / count,
  interval: wilson(right, count),
})
