import { checkClassified, rowAt, type Classified } from './classified.ts'

/** Probabilities below this count as this in a logarithm. */
const least = 1e-15

/**
 * The Brier score, from 0 to 2: the mean over examples of `Σ_c (p_c - [c = label])²`.
 *
 * Throws `ShapeError` or `OptionError` unless each row is a distribution and each label a class.
 *
 * References:
 *   Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78, 1950, pp. 1-3
 *
 * @example
 * ```ts
 * const even = { probabilities: Float64Array.of(0.5, 0.5), labels: Int32Array.of(0), classes: 2 }
 * expect(brierScore(even)).toBe(0.5)
 * ```
 */
export const brierScore = (classified: Classified): number => {
  const { probabilities, labels, classes } = checkClassified(classified)
  let sum = 0
  for (let i = 0; i < labels.length; i++)
    rowAt(probabilities, classes, i).forEach((p, c) => {
      sum += (p - (c === labels[i] ? 1 : 0)) ** 2
    })
  return sum / labels.length
}

/**
 * The negative log-likelihood, in nats: the mean over examples of `-log p` of the label. A probability below 1e-15
 * counts as 1e-15.
 *
 * Throws `ShapeError` or `OptionError` unless each row is a distribution and each label a class.
 *
 * @example
 * ```ts
 * const even = { probabilities: Float64Array.of(0.5, 0.5), labels: Int32Array.of(0), classes: 2 }
 * expect(negativeLogLikelihood(even)).toBeCloseTo(Math.LN2, 12)
 * ```
 */
export const negativeLogLikelihood = (classified: Classified): number => {
  const { probabilities, labels, classes } = checkClassified(classified)
  let sum = 0
  for (let i = 0; i < labels.length; i++)
    sum -= Math.log(Math.max(least, probabilities[i * classes + (labels[i] as number)] as number))
  return sum / labels.length
}
