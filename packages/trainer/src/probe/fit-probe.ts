import { asPart, atOnce, OptionError, type Key, type Stepwise } from '@ptu/core'
import { describe, foldsStratified, type Dataset } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'

import { minimising } from './lbfgs.ts'
import { rowOf, type Matrix } from './matrix.ts'
import type { Probe } from './probe.ts'
import { reduceRows } from './reduce.ts'
import { selectPenalty } from './select-penalty.ts'
import { softmaxObjective, zeroParams } from './softmax-objective.ts'
import { standardise, type Standardised } from './standardise.ts'

/** The examples a probe is fitted to, and the options of {@link fitProbe}. */
export interface ProbeOptions {
  /** `[examples, size]`: the outputs of a frozen network. */
  readonly features: Float32Array
  /** The number of features of an example. */
  readonly size: number
  /** `[examples]`, each below `classes`. */
  readonly labels: Int32Array
  readonly classes: number
  /** Draws which examples are held out together. */
  readonly key: Key
  /** The penalties to choose from; half decades from 10 to 0.003 unless given. */
  readonly penalties?: readonly number[]
  /** Folds at most; 5 unless given. */
  readonly folds?: number
  /** The examples that each fold holds out; drawn by the key unless given. */
  readonly held?: readonly (readonly number[])[]
  /** A name for each example; examples of one name are held out together. */
  readonly groups?: ArrayLike<string | number>
}

const usualPenalties = [10, 3, 1, 0.3, 0.1, 0.03, 0.01, 0.003]

/** The norm of the gradient at which the final weights are taken. */
const tolerance = 1e-6

const isCount = (n: number, least: number): boolean => Number.isInteger(n) && n >= least

const checkProblem = ({ features, size, labels, classes }: ProbeOptions): void => {
  if (!isCount(size, 1)) throw new OptionError(`expected a positive integer as size, got ${String(size)}`)
  if (!isCount(classes, 2)) throw new OptionError(`expected at least 2 classes, got ${String(classes)}`)
  if (labels.length < 2 || features.length !== labels.length * size)
    throw new OptionError(
      `expected ${String(size)} features for each of at least 2 labels, ` +
        `got ${String(features.length)} features and ${String(labels.length)} labels`,
    )
  const odd = labels.findIndex((label) => !(label >= 0 && label < classes))
  if (odd >= 0)
    throw new OptionError(
      `expected labels from 0 to ${String(classes - 1)}, example ${String(odd)} has ${String(labels[odd])}`,
    )
  const broken = features.findIndex((x) => !Number.isFinite(x))
  if (broken >= 0)
    throw new OptionError(
      `expected finite features, example ${String(Math.floor(broken / size))} has ${String(features[broken])}; ` +
        'check its input and the network that made them',
    )
}

const checkSearch = (penalties: readonly number[], folds: number): void => {
  const odd = penalties.find((penalty) => !(penalty > 0 && penalty < Infinity))
  if (odd !== undefined || penalties.length === 0)
    throw new OptionError(`expected positive penalties, got ${odd === undefined ? 'none' : String(odd)}`)
  if (!isCount(folds, 2)) throw new OptionError(`expected at least 2 folds, got ${String(folds)}`)
}

/** Folds to choose a penalty on: no more than the largest class has examples, and none where there are too few groups. */
const foldsOf = (
  key: Key,
  dataset: Dataset,
  most: number,
  groups: ProbeOptions['groups'],
): readonly (readonly number[])[] => {
  const largest = Math.max(...Object.values(describe(dataset)))
  const distinct = groups === undefined ? Infinity : new Set(Array.from(groups)).size
  const wanted = Math.max(2, Math.min(most, largest, distinct))
  return E.getOrElse((): readonly (readonly number[])[] => [])(
    foldsStratified(key, dataset, wanted, groups === undefined ? {} : { groups }),
  )
}

/** The part of the time that a reduction takes, about. */
const reducing = 0.3

/** Reduces rows if that at least halves the numbers of an example; else the rows are taken as they are. */
const coordinatesOf = function* (
  rows: Matrix,
): Stepwise<{ readonly coordinates: Matrix; readonly basis: Matrix | null }> {
  return 2 * rows.rows <= rows.columns ? yield* reduceRows(rows) : { coordinates: rows, basis: null }
}

/** Weights `[size, classes]` and bias for features as they come, from those of reduced standardised ones. */
const denseOf = (
  params: Float64Array,
  classes: number,
  { mean, scale }: Standardised,
  basis: Matrix | null,
): Pick<Probe, 'weights' | 'bias'> => {
  const [size, rank] = [mean.length, params.length / classes - 1]
  const weights = new Float64Array(size * classes)
  for (let c = 0; c < classes; c++)
    for (let k = 0; k < rank; k++) {
      const weight = (params[c * rank + k] as number) / scale
      if (basis === null) weights[k * classes + c] = weight
      else
        rowOf(basis, k).forEach((along, j) => {
          weights[j * classes + c] = (weights[j * classes + c] as number) + weight * along
        })
    }
  const bias = params.slice(classes * rank)
  for (let i = 0; i < weights.length; i++)
    bias[i % classes] =
      (bias[i % classes] as number) - (mean[Math.floor(i / classes)] as number) * (weights[i] as number)
  return { weights, bias }
}

/**
 * Fits a linear probe: multinomial logistic regression on the features of a frozen network, in double precision and
 * without the engine.
 *
 * The training mean is subtracted from the features, and all are divided by one root mean square. On these the weights
 * minimise the mean over examples of `-log p` of their class plus `λ / 2 · Σ w²`; the bias is not penalised. In the
 * convention of scikit-learn, `C = 1 / (λ · examples)`. The penalty λ is the one with the lowest log-loss over
 * stratified folds; among equals, the strongest. There are five folds, or as many as the largest class has examples
 * where these are fewer. An example whose class the other folds lack is not judged. If none can be judged, as with one
 * example per class, the strongest penalty is taken.
 *
 * Deterministic: equal arguments give equal bits. The same key makes the same folds.
 *
 * Throws `OptionError` if lengths do not fit, a label or an option is out of range, or a feature is not finite.
 *
 * References:
 *   Alain & Bengio, "Understanding intermediate layers using linear classifier probes", ICLR workshop 2017, §3, https://arxiv.org/abs/1610.01644
 *
 * @example
 * ```ts
 * const features = Float32Array.of(0, 0, 0, 1, 5, 5, 5, 6) // 4 examples of 2 features
 * const labels = Int32Array.of(0, 0, 1, 1)
 * const probe = fitProbe({ features, size: 2, labels, classes: 2, key: key(0) })
 * expect(argmaxRows(probeLogits(probe, Float32Array.of(1, 0, 6, 6)), 2)).toEqual(Int32Array.of(0, 1))
 * ```
 */
export const fitProbe = (options: ProbeOptions): Probe => atOnce(probeSteps(options))

/**
 * Fits a linear probe as {@link fitProbe} does, in steps of some hundredths of a second: with `inTurns` a fit to many examples
 * can be followed and ended.
 *
 * @example
 * ```ts
 * const options = { features: Float32Array.of(0, 1, 5, 6), size: 1, labels: Int32Array.of(0, 0, 1, 1), classes: 2, key: key(0) }
 * expect(await inTurns(probeSteps(options))).toEqual(fitProbe(options))
 * ```
 */
export const probeSteps = function* (options: ProbeOptions): Stepwise<Probe> {
  const { features, size, labels, classes, key, penalties = usualPenalties, folds = 5, groups } = options
  checkProblem(options)
  checkSearch(penalties, folds)
  const names = Array.from({ length: classes }, (_, label) => String(label))
  const standardised = standardise(features, size)
  yield 0
  const { coordinates: rows, basis } = yield* asPart(coordinatesOf(standardised.rows), 0, reducing)
  const held = options.held ?? foldsOf(key, { shape: [size], features, labels, classes: names }, folds, groups)
  const begun = basis === null ? 0 : reducing
  const selecting = selectPenalty({ rows, labels, classes, folds: held, penalties })
  const { penalty, heldOut } = yield* asPart(selecting, begun, 0.9 - begun)
  const objective = softmaxObjective({ rows, labels, classes, penalty })
  const params = yield* minimising(objective, zeroParams(rows.columns, classes), { tolerance })
  return { size, classes, penalty, heldOut, ...denseOf(params, classes, standardised, basis) }
}
