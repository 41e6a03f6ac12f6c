import { checkCount, quantile } from './quantile.ts'

/** Ranges of probability: range `b` is `(edges[b], edges[b + 1]]`. */
export type Edges = Float64Array

/** A way to cut probabilities into ranges: from the largest probability of each example to the edges of the ranges. */
export type Binning = (confidences: Float64Array) => Edges

/**
 * Ranges of one width, from 0 to 1.
 *
 * @example
 * ```ts
 * expect([...equalWidth(4)(Float64Array.of(0.3))]).toEqual([0, 0.25, 0.5, 0.75, 1])
 * ```
 */
export const equalWidth = (bins = 15): Binning => {
  checkCount('bins', bins, 1)
  return () => Float64Array.from({ length: bins + 1 }, (_, b) => b / bins)
}

/**
 * Ranges that hold equally many examples: their edges are quantiles of the probabilities. Equal probabilities stay
 * together.
 *
 * References:
 *   Nixon, Dusenberry, Zhang, Jerfel & Tran, "Measuring calibration in deep learning", CVPR workshops 2019, §4, https://arxiv.org/abs/1904.01685
 *
 * @example
 * ```ts
 * expect([...equalMass(2)(Float64Array.of(0.9, 0.5, 0.7))]).toEqual([0.5, 0.7, 0.9])
 * ```
 */
export const equalMass = (bins = 15): Binning => {
  checkCount('bins', bins, 1)
  return (confidences) => {
    const sorted = Float64Array.from(confidences).sort()
    return Float64Array.from({ length: bins + 1 }, (_, b) => quantile(sorted, b / bins))
  }
}

/** The range that each probability lies in; the lowest edge belongs to the first range. */
export const placesIn = (edges: Edges, confidences: Float64Array): Int32Array =>
  Int32Array.from(confidences, (confidence) => {
    let bin = 0
    while (bin < edges.length - 2 && confidence > (edges[bin + 1] as number)) bin++
    return bin
  })
