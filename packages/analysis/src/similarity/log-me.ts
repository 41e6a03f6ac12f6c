import { OptionError } from '@ptu/core'

import { checkFeatures, checkLabels, type Features } from './features.ts'
import { leftSingular } from './singular.ts'

/** The options of {@link logMe}. */
export interface LogMeOptions {
  /**
   * Adds the part of the evidence that belongs to directions in which the features do not vary. The published code leaves it
   * out where there are fewer examples than features, and its values are then too high or too low. Default false: as published.
   */
  readonly exact?: boolean
}

/**
 * LogME: the log-evidence, per example, of a linear model from features to labels, maximised over its noise and the size of
 * its weights; mean over classes, one against the rest. Higher is better.
 *
 * With the squares `s` of the singular values and `x = Uᵀ y`, `α` (precision of the weights) and `β` (of the noise) are found
 * by the fixed point `γ = Σ s / (s + α/β)`, `α = γ / m²`, `β = (n - γ) / r²`, with `m²` the size of the weights and `r²` the
 * residual. Throws `OptionError` for features that are not finite or all 0, or labels of one class.
 *
 * @example
 * ```ts
 * const features = { values: Float32Array.of(0, 0.1, 0, 1, 0.9, 1), examples: 6, size: 1 }
 * expect(logMe(features, [0, 0, 0, 1, 1, 1])).toBeGreaterThan(logMe(features, [0, 1, 0, 1, 0, 1]))
 * ```
 *
 * References:
 *   You, Liu, Wang & Long, "LogME: practical assessment of pre-trained models for transfer learning", ICML 2021, §4, https://arxiv.org/abs/2102.11005
 *   You, Liu, Zhang, Wang, Jordan & Long, "Ranking and tuning pre-trained models", JMLR 23, 2022, §3 (the fixed point), https://arxiv.org/abs/2110.10545
 */
export const logMe = (features: Features, labels: ArrayLike<number>, { exact = false }: LogMeOptions = {}): number => {
  checkFeatures('logMe', features)
  const classes = checkLabels('logMe', labels, features.examples)
  const { vectors, squares } = leftSingular(features)
  if (squares.length === 0)
    throw new OptionError(
      'logMe: expected features of which some are not 0, all are; is this the output of a dead block?',
    )
  const directions = exact ? features.size : Math.min(features.examples, features.size)
  const evidences = Array.from({ length: classes }, (_, label) => {
    const projected = vectors.map((u) => u.reduce((sum, v, i) => (labels[i] === label ? sum + v : sum), 0) ** 2)
    const count = Array.from(labels).filter((own) => own === label).length
    return evidence({ squares, projected, count, examples: features.examples, size: features.size, directions })
  })
  return evidences.reduce((sum, value) => sum + value / classes, 0)
}

/** One class against the rest. */
interface Problem {
  readonly squares: readonly number[]
  /** `x²` for each of the squares. */
  readonly projected: readonly number[]
  /** The number of examples of the class. */
  readonly count: number
  readonly examples: number
  readonly size: number
  /** The number of directions of the weights that the evidence counts. */
  readonly directions: number
}

const evidence = ({ squares, projected, count, examples: n, size, directions }: Problem): number => {
  const over = (f: (square: number, x2: number) => number): number =>
    squares.reduce((sum, square, i) => sum + f(square, projected[i] as number), 0)
  const rest = count - over((_square, x2) => x2)
  let [alpha, beta, value] = [1, 1, NaN]
  for (let step = 0; step < 11; step++) {
    const t = alpha / beta
    const gamma = over((s) => s / (s + t))
    const weights = over((s, x2) => (s * x2) / (t + s) ** 2)
    const noise = over((s, x2) => x2 / (1 + s / t) ** 2) + rest
    alpha = gamma / (weights + 1e-5)
    beta = (n - gamma) / (noise + 1e-5)
    const logs = over((s) => Math.log(alpha + beta * s)) + (directions - squares.length) * Math.log(alpha)
    value =
      (size * Math.log(alpha) +
        n * Math.log(beta) -
        logs -
        beta * noise -
        alpha * weights -
        n * Math.log(2 * Math.PI)) /
      (2 * n)
    if (Math.abs(alpha / beta - t) <= 1e-3 * t) break
  }
  return value
}
