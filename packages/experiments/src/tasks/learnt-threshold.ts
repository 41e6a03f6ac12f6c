import { minimise, type SmoothFunction } from '@ptu/trainer'

import { bestThreshold, type LabelColumn } from './thresholds.ts'

/** The part of the expected F1 from which a label is on. */
const part = 1 / 3

/** Probabilities count as no nearer to 0 or 1 than this. */
const least = 1e-7

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z))

const logit = (p: number): number => {
  const within = Math.min(1 - least, Math.max(least, p))
  return Math.log(within / (1 - within))
}

const meanOf = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length

/** The mean cross-entropy of targets to `σ(a·x + b)`, at `[a, b]`. */
const lossOf =
  (inputs: Float64Array, targets: Float64Array): SmoothFunction =>
  ([slope = 0, offset = 0]) => {
    const gradient = new Float64Array(2)
    let value = 0
    inputs.forEach((x, i) => {
      const [z, target] = [slope * x + offset, targets[i] as number]
      const error = (sigmoid(z) - target) / inputs.length
      value += (Math.max(0, z) + Math.log1p(Math.exp(-Math.abs(z))) - target * z) / inputs.length
      gradient[0] = (gradient[0] as number) + error * x
      gradient[1] = (gradient[1] as number) + error
    })
    return { value, gradient }
  }

/** The highest F1 that calibrated probabilities promise, `2·Σ p / (k + Σ all p)` over the `k` most probable examples. */
const expectedF1 = (probabilities: Float64Array): number => {
  const all = probabilities.reduce((sum, p) => sum + p, 0)
  let [best, right] = [0, 0]
  probabilities
    .toSorted((a, b) => b - a)
    .forEach((p, i) => {
      right += p
      best = Math.max(best, (2 * right) / (i + 1 + all))
    })
  return best
}

/**
 * The probability from which a label is taken as on, by what a model gives for the examples that it learnt from.
 *
 * Predictions of learnt examples are too sure of themselves, and any threshold in a wide gap has the highest F1 of them. So the
 * probabilities are calibrated by Platt's sigmoid, `σ(a·logit(p) + b)`, with his targets `(n₊ + 1) / (n₊ + 2)` and `1 / (n₋ + 2)` for the
 * `n₊` examples with the label and the `n₋` without. F1 is highest from half of the F1 that is reached; a label is on from a third of
 * the F1 that the calibrated probabilities promise, since new examples do not reach it. Where the label does not go with the
 * probability, and where all examples have it or none, it is {@link bestThreshold}.
 *
 * References:
 *   Platt, "Probabilistic Outputs for Support Vector Machines", Advances in Large Margin Classifiers, 1999, §2, https://www.researchgate.net/publication/2594015
 *   Lipton, Elkan & Narayanaswamy, "Thresholding Classifiers to Maximize F1 Score", ECML PKDD 2014, §3, https://arxiv.org/abs/1402.1892
 *
 * @example
 * ```ts
 * const threshold = learntThreshold({ probabilities: [0.01, 0.01, 0.01, 0.02, 0.02, 0.03, 0.2, 0.3], on: [0, 0, 0, 0, 0, 0, 1, 1] })
 * expect(threshold.toFixed(3)).toBe('0.031')
 * ```
 */
export const learntThreshold = (column: LabelColumn): number => {
  const logits = Float64Array.from(column.probabilities, logit)
  const { length } = logits
  const positives = Array.from(column.on).reduce((sum, x) => sum + x, 0)
  const mean = meanOf(logits)
  const deviation = Math.sqrt(meanOf(logits.map((z) => (z - mean) ** 2)))
  if (positives === 0 || positives === length || !(deviation > 0)) return bestThreshold(column)
  const [high, low] = [(positives + 1) / (positives + 2), 1 / (length - positives + 2)]
  const inputs = logits.map((z) => (z - mean) / deviation)
  const loss = lossOf(
    inputs,
    Float64Array.from(column.on, (x) => (x === 1 ? high : low)),
  )
  const [slope = 0, offset = 0] = minimise(loss, Float64Array.of(1, 0), { tolerance: 1e-6 })
  if (slope <= 0) return bestThreshold(column)
  const from = part * expectedF1(inputs.map((x) => sigmoid(slope * x + offset)))
  return sigmoid(mean + (deviation * (logit(from) - offset)) / slope)
}
