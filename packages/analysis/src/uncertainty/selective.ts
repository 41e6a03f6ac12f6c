import { checkClassified, namedBy, type Classified } from './classified.ts'
import { checkBetween } from './quantile.ts'

/** The accuracy of the examples that are answered where the others are left to a person. */
export interface SelectivePoint {
  /** An example is answered if its largest probability is at least this. */
  readonly threshold: number
  /** The part of the examples that are answered. */
  readonly coverage: number
  /** The accuracy of those. */
  readonly accuracy: number
}

/**
 * Selective accuracy against coverage: for each largest probability that occurs, the examples that are at least as
 * sure, the surest first.
 *
 * Throws `ShapeError` or `OptionError` unless each row is a distribution and each label a class.
 *
 * References:
 *   Geifman & El-Yaniv, "Selective classification for deep neural networks", NeurIPS 2017, §2, https://arxiv.org/abs/1705.08500
 *
 * @example
 * ```ts
 * const two = { probabilities: Float64Array.of(0.9, 0.1, 0.6, 0.4), labels: Int32Array.of(0, 1), classes: 2 }
 * expect(selectiveCurve(two)).toEqual([
 *   { threshold: 0.9, coverage: 0.5, accuracy: 1 },
 *   { threshold: 0.6, coverage: 1, accuracy: 0.5 },
 * ])
 * ```
 */
export const selectiveCurve = (classified: Classified): readonly SelectivePoint[] => {
  const { confidences, right } = namedBy(checkClassified(classified))
  const order = Array.from(confidences.keys()).sort((a, b) => (confidences[b] as number) - (confidences[a] as number))
  const points: SelectivePoint[] = []
  let hits = 0
  order.forEach((example, i) => {
    hits += right[example] as number
    const threshold = confidences[example] as number
    const next = order[i + 1]
    if (next === undefined || confidences[next] !== threshold)
      points.push({ threshold, coverage: (i + 1) / order.length, accuracy: hits / (i + 1) })
  })
  return points
}

/**
 * The mean error over coverages, the surest examples first: 0 is best. Equally sure examples share their error.
 *
 * References:
 *   Geifman, Uziel & El-Yaniv, "Bias-reduced uncertainty estimation for deep neural classifiers", ICLR 2019, §3, https://arxiv.org/abs/1805.08206
 */
export const areaUnderRiskCoverage = (classified: Classified): number => {
  let [sum, before, wrong] = [0, 0, 0]
  const count = classified.labels.length
  for (const { coverage, accuracy } of selectiveCurve(classified)) {
    const answered = Math.round(coverage * count)
    const until = (1 - accuracy) * answered
    for (let n = before + 1; n <= answered; n++)
      sum += (wrong + ((until - wrong) * (n - before)) / (answered - before)) / n
    before = answered
    wrong = until
  }
  return sum / count
}

/**
 * The lowest threshold from which the answered examples are right at an accuracy or more; undefined where there is
 * none.
 *
 * It is chosen by these examples: judge it by others.
 *
 * @example
 * ```ts
 * const two = { probabilities: Float64Array.of(0.9, 0.1, 0.6, 0.4), labels: Int32Array.of(0, 1), classes: 2 }
 * expect(selectiveThreshold(two, 0.95)).toEqual({ threshold: 0.9, coverage: 0.5, accuracy: 1 })
 * ```
 */
export const selectiveThreshold = (classified: Classified, accuracy: number): SelectivePoint | undefined => {
  checkBetween('an accuracy', accuracy, 0, 1)
  return selectiveCurve(classified).findLast((point) => point.accuracy >= accuracy)
}
