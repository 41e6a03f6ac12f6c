import { OptionError } from '@ptu/core'

import { choleskySolve } from './cholesky.ts'
import { dot, rowOf, rowsAt, zeros, type Matrix } from './matrix.ts'
import { standardise } from './standardise.ts'

/** The examples that a ridge regression is fitted to, and the options of {@link fitRidge}. */
export interface RidgeOptions {
  /** `[examples, size]`. */
  readonly features: Float32Array
  /** The number of features of an example. */
  readonly size: number
  /** `[examples]`: the numbers to predict. */
  readonly targets: ArrayLike<number>
  /** The examples that each fold holds out; the penalty is chosen on them. */
  readonly folds: readonly (readonly number[])[]
  /** The penalties to choose from, of features whose root mean square is 1; half decades from 100 to 0.0001 unless given. */
  readonly penalties?: readonly number[]
}

/** A linear regression: `y = x · weights + bias`. */
export interface Ridge {
  readonly size: number
  /** `[size]`, for features as they come. */
  readonly weights: Float64Array
  readonly bias: number
  /** λ, as chosen. */
  readonly penalty: number
  /** `[examples]`: the prediction for each example from the fold that held it out; NaN where none did. */
  readonly heldOut: Float64Array
}

const usualPenalties = [100, 30, 10, 3, 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001]

/** The search ends after this many weaker penalties in a row that do not help. */
const patience = 3

const checkProblem = ({ features, size, targets }: RidgeOptions): void => {
  if (!Number.isInteger(size) || size < 1 || features.length !== size * targets.length || targets.length < 2)
    throw new OptionError(
      `expected ${String(size)} features for each of at least 2 targets, got ${String(features.length)} features and ` +
        `${String(targets.length)} targets`,
    )
  const broken = [features, targets].some((numbers) => !Array.from(numbers).every((x) => Number.isFinite(x)))
  if (broken) throw new OptionError('expected finite features and targets, one is not; leave its example out')
}

const checkSearch = ({ targets, folds, penalties = usualPenalties }: RidgeOptions): void => {
  if (penalties.length === 0 || penalties.some((penalty) => !(penalty > 0 && penalty < Infinity)))
    throw new OptionError(`expected positive penalties, got ${penalties.join(', ') || 'none'}`)
  if (folds.some((places) => places.some((place) => !(place >= 0 && place < targets.length))))
    throw new OptionError(`expected folds of places from 0 to ${String(targets.length - 1)}`)
}

/** Rows with their mean taken away and their products, from which weights follow at any penalty. */
interface Centred {
  readonly rows: Matrix
  readonly mean: Float64Array
  readonly targets: Float64Array
  readonly targetMean: number
  /** `[columns, columns]`, the products of columns; of fewer rows than columns `[rows, rows]`, those of rows. */
  readonly products: Matrix
}

const centred = (rows: Matrix, targets: ArrayLike<number>): Centred => {
  const mean = new Float64Array(rows.columns)
  for (let i = 0; i < rows.rows; i++)
    rowOf(rows, i).forEach((x, j) => {
      mean[j] = (mean[j] as number) + x / rows.rows
    })
  const own = rowsAt(
    rows,
    Array.from({ length: rows.rows }, (_, i) => i),
  )
  for (let i = 0; i < own.rows; i++) {
    const row = rowOf(own, i)
    for (let j = 0; j < row.length; j++) row[j] = (row[j] as number) - (mean[j] as number)
  }
  const targetMean = Array.from(targets).reduce((sum, y) => sum + y / targets.length, 0)
  const products = rows.rows < rows.columns ? productsOf(own) : productsOf(transposed(own))
  return { rows: own, mean, targets: Float64Array.from(targets, (y) => y - targetMean), targetMean, products }
}

const transposed = (matrix: Matrix): Matrix => {
  const out = zeros(matrix.columns, matrix.rows)
  for (let i = 0; i < matrix.rows; i++)
    for (let j = 0; j < matrix.columns; j++)
      out.values[j * matrix.rows + i] = matrix.values[i * matrix.columns + j] as number
  return out
}

/** The products of all pairs of rows. */
const productsOf = (rows: Matrix): Matrix => {
  const out = zeros(rows.rows, rows.rows)
  for (let i = 0; i < rows.rows; i++)
    for (let j = 0; j <= i; j++) {
      const product = dot(rowOf(rows, i), rowOf(rows, j))
      out.values[i * rows.rows + j] = product
      out.values[j * rows.rows + i] = product
    }
  return out
}

/** The weights at a penalty: `(XᵀX + nλ) w = Xᵀy`, or by the rows `w = Xᵀ a` with `(XXᵀ + nλ) a = y`. */
const weightsAt = ({ rows, targets, products }: Centred, penalty: number): Float64Array => {
  const ridge = penalty * rows.rows
  const byRows = products.rows !== rows.columns
  const parts = byRows ? choleskySolve(products, ridge, targets) : targets
  const sums = new Float64Array(rows.columns)
  for (let i = 0; i < rows.rows; i++)
    rowOf(rows, i).forEach((x, j) => {
      sums[j] = (sums[j] as number) + x * (parts[i] as number)
    })
  return byRows ? sums : choleskySolve(products, ridge, sums)
}

/**
 * Fits a ridge regression in closed form, in double precision and without the engine.
 *
 * The training mean is subtracted from the features, and all are divided by one root mean square. On these the weights
 * minimise `1/n · Σ (y - w·x - b)² + λ · Σ w²`; the bias is not penalised. In the convention of scikit-learn,
 * `alpha = n · λ`. The penalty is the one with the smallest squared error over the folds; among equals, the strongest. Means
 * are those of the rows that are fitted to, fold by fold. Without folds the strongest penalty is taken.
 *
 * Throws `OptionError` if lengths do not fit or a number is not finite.
 *
 * References:
 *   Hoerl & Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems", Technometrics 12(1), 1970, https://doi.org/10.1080/00401706.1970.10488634
 *
 * @example
 * ```ts
 * const options = { features: Float32Array.of(0, 1, 2, 3), size: 1, targets: [1, 3, 5, 7], folds: [[0, 2], [1, 3]] }
 * const { weights, bias } = fitRidge({ ...options, penalties: [1e-9] })
 * expect([weights[0], bias].map((x = NaN) => x.toFixed(3))).toEqual(['2.000', '1.000'])
 * ```
 */
export const fitRidge = (options: RidgeOptions): Ridge => {
  checkProblem(options)
  checkSearch(options)
  const { features, size, targets, folds, penalties = usualPenalties } = options
  const { rows, mean, scale } = standardise(features, size)
  const { penalty, heldOut } = chosenPenalty(rows, targets, folds, penalties)
  const whole = centred(rows, targets)
  const weights = weightsAt(whole, penalty).map((weight) => weight / scale)
  const bias = whole.targetMean - dot(weights, mean) - scale * dot(weights, whole.mean)
  return { size, weights, bias, penalty, heldOut }
}

const chosenPenalty = (
  rows: Matrix,
  targets: ArrayLike<number>,
  folds: RidgeOptions['folds'],
  penalties: readonly number[],
): Pick<Ridge, 'penalty' | 'heldOut'> => {
  const [strongest = NaN, ...weaker] = penalties.toSorted((a, b) => b - a)
  const parts = folds.map((held) => foldOf(rows, targets, held))
  const at = (penalty: number) => {
    const heldOut = predicted(parts, rows, penalty)
    return { penalty, heldOut, loss: squaredError(heldOut, targets) }
  }
  let [best, worse] = [at(strongest), 0]
  for (const penalty of folds.length === 0 ? [] : weaker) {
    const next = at(penalty)
    worse = next.loss < best.loss ? 0 : worse + 1
    if (worse === 0) best = next
    if (worse === patience) break
  }
  return best
}

/** The places that a fold holds out, and the others to fit to. */
interface Fold {
  readonly held: readonly number[]
  readonly fitted: Centred
}

const foldOf = (rows: Matrix, targets: ArrayLike<number>, held: readonly number[]): Fold => {
  const out = new Set(held)
  const kept = Array.from({ length: targets.length }, (_, i) => i).filter((i) => !out.has(i))
  const fitted = centred(
    rowsAt(rows, kept),
    kept.map((i) => targets[i] as number),
  )
  return { held, fitted }
}

const predicted = (folds: readonly Fold[], rows: Matrix, penalty: number): Float64Array => {
  const heldOut = new Float64Array(rows.rows).fill(NaN)
  for (const { held, fitted } of folds) {
    const weights = weightsAt(fitted, penalty)
    const bias = fitted.targetMean - dot(weights, fitted.mean)
    for (const i of held) heldOut[i] = bias + dot(weights, rowOf(rows, i))
  }
  return heldOut
}

/** The sum of squared errors of what was predicted. */
const squaredError = (heldOut: Float64Array, targets: ArrayLike<number>): number =>
  heldOut.reduce((sum, y, i) => (Number.isNaN(y) ? sum : sum + (y - (targets[i] as number)) ** 2), 0)
