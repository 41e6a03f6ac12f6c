import { asPart, atOnce, OptionError, type Stepwise } from '@ptu/core'

import { centred, weightsAt, type Centred } from './centred.ts'
import { dot, rowOf, rowsAt, type Matrix } from './matrix.ts'
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
export const fitRidge = (options: RidgeOptions): Ridge => atOnce(ridgeSteps(options))

/** Fits a ridge regression as {@link fitRidge} does, in short steps: with `inTurns` a fit to many examples can be followed and ended. */
export const ridgeSteps = function* (options: RidgeOptions): Stepwise<Ridge> {
  checkProblem(options)
  checkSearch(options)
  const { features, size, targets, folds, penalties = usualPenalties } = options
  const { rows, mean, scale } = standardise(features, size)
  yield 0
  const { penalty, heldOut } = yield* asPart(chosenPenalty(rows, targets, folds, penalties), 0, 0.9)
  const whole = yield* centred(rows, targets)
  const weights = (yield* weightsAt(whole, penalty)).map((weight) => weight / scale)
  const bias = whole.targetMean - dot(weights, mean) - scale * dot(weights, whole.mean)
  return { size, weights, bias, penalty, heldOut }
}

const chosenPenalty = function* (
  rows: Matrix,
  targets: ArrayLike<number>,
  folds: RidgeOptions['folds'],
  penalties: readonly number[],
): Stepwise<Pick<Ridge, 'penalty' | 'heldOut'>> {
  const [strongest = NaN, ...weaker] = penalties.toSorted((a, b) => b - a)
  const parts: Fold[] = []
  for (const held of folds) parts.push(yield* foldOf(rows, targets, held))
  let tried = 0
  const at = function* (penalty: number) {
    const heldOut = yield* predicted(parts, rows, penalty)
    yield ++tried / penalties.length
    return { penalty, heldOut, loss: squaredError(heldOut, targets) }
  }
  let [best, worse] = [yield* at(strongest), 0]
  for (const penalty of folds.length === 0 ? [] : weaker) {
    const next = yield* at(penalty)
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

const foldOf = function* (rows: Matrix, targets: ArrayLike<number>, held: readonly number[]): Stepwise<Fold> {
  const out = new Set(held)
  const kept = Array.from({ length: targets.length }, (_, i) => i).filter((i) => !out.has(i))
  const fitted = yield* centred(
    rowsAt(rows, kept),
    kept.map((i) => targets[i] as number),
  )
  return { held, fitted }
}

const predicted = function* (folds: readonly Fold[], rows: Matrix, penalty: number): Stepwise<Float64Array> {
  const heldOut = new Float64Array(rows.rows).fill(NaN)
  for (const { held, fitted } of folds) {
    const weights = yield* weightsAt(fitted, penalty)
    const bias = fitted.targetMean - dot(weights, fitted.mean)
    for (const i of held) heldOut[i] = bias + dot(weights, rowOf(rows, i))
  }
  return heldOut
}

/** The sum of squared errors of what was predicted. */
const squaredError = (heldOut: Float64Array, targets: ArrayLike<number>): number =>
  heldOut.reduce((sum, y, i) => (Number.isNaN(y) ? sum : sum + (y - (targets[i] as number)) ** 2), 0)
