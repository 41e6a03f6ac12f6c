import { OptionError } from '@ptu/core'

/** Several predictions of the same examples, taken together. */
export interface Posterior {
  /** The mean of the predictions: `[examples, classes]`. */
  readonly mean: Float64Array
  /** `H[mean]` of each example, in nats: all that is uncertain. */
  readonly entropy: Float64Array
  /** The mean of `H[p]` of each example: what stays uncertain however well the parameters are known. */
  readonly expectedEntropy: Float64Array
  /** `H[mean] - mean of H[p]`, 0 or more: how much the predictions disagree. */
  readonly mutualInformation: Float64Array
}

/** Minus the sum of `p · log p`, in nats. */
const entropyOf = (values: ArrayLike<number>, from: number, classes: number): number => {
  let sum = 0
  for (let c = from; c < from + classes; c++) {
    const p = values[c] as number
    if (p > 0) sum -= p * Math.log(p)
  }
  return sum
}

/**
 * Puts predictions of several networks, noise draws or changed copies together: predictive entropy and mutual
 * information.
 *
 * Each sample is `[examples, classes]` probabilities. The members of a deep ensemble are networks trained from several
 * seeds. Throws `OptionError` for no samples, samples of several lengths, or numbers that are not finite.
 *
 * References:
 *   Lakshminarayanan, Pritzel & Blundell, "Simple and scalable predictive uncertainty estimation using deep ensembles", NeurIPS 2017, §2.4, https://arxiv.org/abs/1612.01474
 *   Houlsby, Huszár, Ghahramani & Lengyel, "Bayesian active learning for classification and preference learning", 2011, §2, https://arxiv.org/abs/1112.5745
 *
 * @example
 * ```ts
 * const { entropy, mutualInformation } = posteriorOf([Float64Array.of(1, 0), Float64Array.of(0, 1)], 2)
 * expect(entropy[0]).toBeCloseTo(Math.LN2, 12)
 * expect(mutualInformation[0]).toBeCloseTo(Math.LN2, 12)
 * ```
 */
export const posteriorOf = (samples: readonly (Float32Array | Float64Array)[], classes: number): Posterior => {
  const length = samples[0]?.length ?? 0
  if (length === 0 || length % classes !== 0 || samples.some((sample) => sample.length !== length))
    throw new OptionError(
      `expected samples of one length, rows of ${String(classes)} probabilities, got ${samples.map((sample) => sample.length).join(', ') || 'none'}`,
    )
  if (samples.some((sample) => sample.some((p) => !Number.isFinite(p))))
    throw new OptionError('expected finite probabilities; check the inputs and the networks that made them')
  const mean = new Float64Array(length)
  for (const sample of samples)
    for (let i = 0; i < length; i++) mean[i] = (mean[i] as number) + (sample[i] as number) / samples.length
  const examples = Float64Array.from({ length: length / classes }, (_, i) => i * classes)
  const entropy = examples.map((from) => entropyOf(mean, from, classes))
  const expectedEntropy = examples.map(
    (from) => samples.reduce((sum, sample) => sum + entropyOf(sample, from, classes), 0) / samples.length,
  )
  const mutualInformation = entropy.map((all, i) => Math.max(0, all - (expectedEntropy[i] as number)))
  return { mean, entropy, expectedEntropy, mutualInformation }
}
