import type { SquareMatrix } from './cholesky.ts'
import { innerProduct } from './inner-product.ts'
import type { LabelColumns } from './label-columns.ts'
import { solveRidge, type RidgeSolution } from './ridge.ts'

/** The ridges λ that are tried, relative to a kernel of unit mean diagonal. */
const ridges = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3] as const

/** The verdict of the labelled examples on one kernel. */
export interface Judgement {
  /** The loss of each example, predicted from all others, in nats: the cross-entropy of classes. */
  readonly losses: Float64Array
  /** The mean of `losses`. */
  readonly loss: number
  /** The ridge λ of the least loss. */
  readonly ridge: number
  /** The scale `s` of the least loss. */
  readonly scale: number
  /** Log marginal likelihood of a Gaussian process per column, in nats, at its best ridge. */
  readonly logLikelihood: number
}

/**
 * Judges a kernel by the labels of its examples, in closed form.
 *
 * With the columns `Y` of the labels, `[n, C]` (of classes `one-hot - 1/C`), `Q = (K + λI)⁻¹` and for every λ of a grid:
 *
 * - Leave-one-out: `p_i = Y_i - (QY)_i / Q_ii` is the prediction of example `i` by kernel ridge regression on all others,
 *   and its loss `ℓ_i` that of {@link LabelColumns} at a scale `s`: of classes the cross-entropy of `softmax(s·p_i)`. λ and
 *   `s` are those of the least mean loss.
 * - Marginal likelihood: `-½·n·log σ² - ½·log det(K + λI)` per column, with `σ² = tr(Yᵀ Q Y) / (n·C)`, the variance of
 *   the highest likelihood. λ is that of the highest value. The constant `-½·n·(1 + log 2π)` is left out.
 *
 * Throws `OptionError` if the kernel is not positive semidefinite.
 *
 * References:
 *   Rasmussen & Williams, "Gaussian processes for machine learning", MIT Press 2006, §5.4.1 and §5.4.2, https://gaussianprocess.org/gpml/
 */
export const judge = (kernel: SquareMatrix, { columns: targets, lossesOf }: LabelColumns): Judgement => {
  const solutions = ridges.map((ridge) => ({ ridge, solution: solveRidge(kernel, targets, ridge) }))
  const tried = solutions.flatMap(({ ridge, solution }) => {
    const scaled = lossesOf(leftOut(targets, solution))
    return scaled.map(({ losses, scale }) => ({ losses, loss: mean(losses), ridge, scale }))
  })
  const best = tried.reduce((a, b) => (b.loss < a.loss ? b : a))
  return { ...best, logLikelihood: Math.max(...solutions.map(({ solution }) => likelihood(targets, solution))) }
}

/** `p_i = Y_i - (QY)_i / Q_ii`, column by column. */
const leftOut = (
  targets: readonly Float64Array[],
  { coefficients, diagonal }: RidgeSolution,
): readonly Float64Array[] =>
  targets.map((column, c) =>
    column.map((y, i) => y - ((coefficients[c] as Float64Array)[i] as number) / (diagonal[i] as number)),
  )

const likelihood = (targets: readonly Float64Array[], { coefficients, logDeterminant }: RidgeSolution): number => {
  const examples = targets[0]?.length ?? 0
  const explained = targets.reduce(
    (sum, column, c) => sum + innerProduct(column, 0, coefficients[c] as Float64Array, 0, examples),
    0,
  )
  const variance = explained / (examples * targets.length)
  return -0.5 * examples * Math.log(variance) - 0.5 * logDeterminant
}

const mean = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / values.length
