import { equalWidth, placesIn, type Binning } from './binning.ts'
import { checkClassified, namedBy, type Classified } from './classified.ts'

/** The examples whose largest probability lies in a range. */
export interface ReliabilityBin {
  /** The range `(from, to]` of the largest probability. */
  readonly from: number
  readonly to: number
  readonly count: number
  /** The mean of the largest probability. */
  readonly confidence: number
  /** The part of the examples for which the most probable class is the label. */
  readonly accuracy: number
}

/** The options of a comparison of probability and accuracy. */
export interface ReliabilityOptions {
  /** The ranges of probability; 15 of one width unless given. */
  readonly binning?: Binning
}

/**
 * Compares the largest probability of each example with the accuracy, range by range. Ranges without an example are
 * left out.
 *
 * Throws `ShapeError` or `OptionError` unless each row is a distribution and each label a class.
 *
 * References:
 *   Guo, Pleiss, Sun & Weinberger, "On calibration of modern neural networks", ICML 2017, §2, https://arxiv.org/abs/1706.04599
 *
 * @example
 * ```ts
 * const sure = { probabilities: Float64Array.of(0.9, 0.1, 0.9, 0.1), labels: Int32Array.of(0, 1), classes: 2 }
 * const [bin] = reliability(sure, { binning: equalWidth(2) })
 * expect(bin).toEqual({ from: 0.5, to: 1, count: 2, confidence: 0.9, accuracy: 0.5 })
 * ```
 */
export const reliability = (
  classified: Classified,
  { binning = equalWidth() }: ReliabilityOptions = {},
): readonly ReliabilityBin[] => {
  const { confidences, right } = namedBy(checkClassified(classified))
  const edges = binning(confidences)
  const places = placesIn(edges, confidences)
  return Array.from({ length: edges.length - 1 }, (_, bin) => {
    let [count, sure, hits] = [0, 0, 0]
    for (let i = 0; i < places.length; i++)
      if (places[i] === bin) {
        count++
        sure += confidences[i] as number
        hits += right[i] as number
      }
    return {
      ...{ from: edges[bin] as number, to: edges[bin + 1] as number, count },
      ...{ confidence: sure / count, accuracy: hits / count },
    }
  }).filter(({ count }) => count > 0)
}
