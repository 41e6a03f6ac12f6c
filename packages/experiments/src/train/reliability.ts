import { argmax, predictedIn, rowOf, type Judged } from './judgement.ts'

/** The examples whose largest probability lies in a range. */
export interface ReliabilityBin {
  /** The range `(from, to]` of the largest probability. */
  readonly from: number
  readonly to: number
  readonly count: number
  /** The mean of the largest probability. */
  readonly confidence: number
  /** The part of the examples for which the most probable class is the given one. */
  readonly accuracy: number
}

/** The number of ranges, which are equally wide. */
const binCount = 10

/**
 * Compares the largest probability of each example with the accuracy, in ten equal ranges.
 *
 * A probability on the edge of two ranges belongs to the lower one. Ranges without an example are left out.
 *
 * References:
 *   Guo, Pleiss, Sun & Weinberger, "On calibration of modern neural networks", ICML 2017, §2, https://arxiv.org/abs/1706.04599
 */
export const reliabilityOf = (judged: Judged): readonly ReliabilityBin[] => {
  const examples = predictedIn(judged).map((i) => {
    const row = rowOf(judged, i)
    const taken = argmax(row)
    const confidence = row[taken] as number
    const bin = Math.min(binCount - 1, Math.max(0, Math.ceil(confidence * binCount) - 1))
    return { bin, confidence, right: Number(taken === judged.labels[i]) }
  })
  return Array.from({ length: binCount }, (_, bin) => {
    const own = examples.filter((example) => example.bin === bin)
    const meanOf = (value: (example: (typeof own)[number]) => number): number =>
      own.reduce((sum, example) => sum + value(example), 0) / own.length
    return {
      from: bin / binCount,
      to: (bin + 1) / binCount,
      count: own.length,
      confidence: meanOf(({ confidence }) => confidence),
      accuracy: meanOf(({ right }) => right),
    }
  }).filter(({ count }) => count > 0)
}

/**
 * The expected calibration error, from 0 to 1: `Σ_b (n_b / n) · |accuracy_b - confidence_b|` over ranges `b` that hold
 * `n_b` of `n` examples; 0 where there are none.
 *
 * References:
 *   Guo, Pleiss, Sun & Weinberger, "On calibration of modern neural networks", ICML 2017, §2, https://arxiv.org/abs/1706.04599
 */
export const expectedCalibrationError = (bins: readonly ReliabilityBin[]): number => {
  const total = bins.reduce((sum, { count }) => sum + count, 0)
  return bins.reduce(
    (sum, { count, accuracy, confidence }) => sum + (count / total) * Math.abs(accuracy - confidence),
    0,
  )
}
