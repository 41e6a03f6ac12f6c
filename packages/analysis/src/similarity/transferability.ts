import { OptionError } from '@ptu/core'

import { checkFeatures, checkLabels, type Features } from './features.ts'
import { leftSingular } from './singular.ts'

/** Probabilities of the source's classes, `[examples, classes]`, row by row. */
const checkProbabilities = (name: string, probabilities: Features): void => {
  const { size } = probabilities
  const values = Float64Array.from(probabilities.values)
  checkFeatures(name, probabilities)
  for (let at = 0; at < values.length; at += size) {
    const row = values.subarray(at, at + size)
    const total = row.reduce((sum, p) => sum + p, 0)
    if (row.some((p) => p < 0) || Math.abs(total - 1) > 1e-3)
      throw new OptionError(
        `${name}: expected probabilities that sum to 1, example ${at / size} sums to ${total}; apply softmax to the logits`,
      )
  }
}

/**
 * LEEP: how well the source's class probabilities alone predict the target's labels, as a mean log-likelihood; at most 0,
 * higher is better.
 *
 * `(1/n) · Σ_i log Σ_z P(y_i | z) · θ_iz`, where `P(y, z) = (1/n) · Σ_{i: y_i = y} θ_iz` and `θ_iz` is the probability of the
 * source's class `z` for example `i`. Throws `OptionError` for rows that are no probabilities, or for labels of one class.
 *
 * @example
 * ```ts
 * const certain = { values: Float32Array.of(1, 0, 0, 1), examples: 2, size: 2 }
 * expect(leep(certain, [0, 1])).toBeCloseTo(0)
 * ```
 *
 * References:
 *   Nguyen, Hassner, Seeger & Archambeau, "LEEP: a new measure to evaluate transferability of learned representations", ICML 2020, §3, https://arxiv.org/abs/2002.12462
 */
export const leep = (probabilities: Features, labels: ArrayLike<number>): number => {
  const { values, examples, size } = probabilities
  checkProbabilities('leep', probabilities)
  const classes = checkLabels('leep', labels, examples)
  const joint = new Float64Array(classes * size)
  const marginal = new Float64Array(size)
  for (let i = 0; i < examples; i++)
    for (let z = 0; z < size; z++) {
      const p = values[i * size + z] as number
      const at = (labels[i] as number) * size + z
      joint[at] = (joint[at] as number) + p
      marginal[z] = (marginal[z] as number) + p
    }
  let sum = 0
  for (let i = 0; i < examples; i++) {
    let likelihood = 0
    for (let z = 0; z < size; z++) {
      const p = values[i * size + z] as number
      // A class of the source that no example has has no part in any sum.
      if (p > 0) likelihood += ((joint[(labels[i] as number) * size + z] as number) / (marginal[z] as number)) * p
    }
    sum += Math.log(likelihood)
  }
  return sum / examples
}

/**
 * Negative conditional entropy of the target's labels given the source's, `-H(Y | Z)`: at most 0, higher is better.
 *
 * `Σ_{y,z} P(y, z) · log P(y | z)` over examples with a label of each. Throws `OptionError` for lists of different length or
 * labels of one class.
 *
 * @example
 * ```ts
 * expect(nce([0, 0, 1, 1], [1, 1, 0, 0])).toBeCloseTo(0)
 * expect(nce([0, 0, 0, 0], [1, 1, 0, 0])).toBeCloseTo(-Math.log(2))
 * ```
 *
 * References:
 *   Tran, Nguyen & Hassner, "Transferability and hardness of supervised classification tasks", ICCV 2019, §3, https://arxiv.org/abs/1908.08142
 */
export const nce = (sourceLabels: ArrayLike<number>, labels: ArrayLike<number>): number => {
  const examples = labels.length
  checkLabels('nce', labels, examples)
  if (sourceLabels.length !== examples)
    throw new OptionError(
      `nce: expected a label of the source for each of ${examples} examples, got ${sourceLabels.length}`,
    )
  const [joint, marginal] = [new Map<string, number>(), new Map<number, number>()]
  for (let i = 0; i < examples; i++) {
    const z = sourceLabels[i] as number
    const pair = `${labels[i] as number} ${z}`
    joint.set(pair, (joint.get(pair) ?? 0) + 1)
    marginal.set(z, (marginal.get(z) ?? 0) + 1)
  }
  return [...joint].reduce((sum, [pair, count]) => {
    const whole = marginal.get(Number(pair.split(' ')[1])) as number
    return sum + (count / examples) * Math.log(count / whole)
  }, 0)
}

/**
 * H-score: the part of the features' variance, in units of their own spread, that the classes explain; from 0 to
 * `min(size, classes - 1)`, higher is better.
 *
 * `tr(cov(f)⁺ · cov(E[f | y]))`. With as many features as examples it is as high for random labels: compare at equal sizes, or
 * use {@link logMe}. Throws `OptionError` for features that are not finite, or labels of one class.
 *
 * @example
 * ```ts
 * const features = { values: Float32Array.of(0, 0, 1, 1), examples: 4, size: 1 }
 * expect([hScore(features, [0, 0, 1, 1]), hScore(features, [0, 1, 0, 1])]).toEqual([1, 0])
 * ```
 *
 * References:
 *   Bao, Li, Huang, Zhang, Zheng, Zamir & Guibas, "An information-theoretic approach to transferability in task transfer learning", ICIP 2019, §3, https://doi.org/10.1109/ICIP.2019.8803726
 */
export const hScore = (features: Features, labels: ArrayLike<number>): number => {
  checkFeatures('hScore', features)
  const classes = checkLabels('hScore', labels, features.examples)
  const { vectors } = leftSingular(features, { centred: true })
  const counts = new Float64Array(classes)
  for (const label of Array.from(labels)) counts[label] = (counts[label] as number) + 1
  // In the basis of singular vectors the inverse covariance cancels: what is left are squared class sums.
  return vectors.reduce((score, vector) => {
    const sums = new Float64Array(classes)
    vector.forEach((u, i) => (sums[labels[i] as number] = (sums[labels[i] as number] as number) + u))
    return score + sums.reduce((sum, s, c) => (counts[c] === 0 ? sum : sum + (s * s) / (counts[c] as number)), 0)
  }, 0)
}
