import { OptionError, type Key } from '@ptu/core'
import { splitStratified, type DataError, type Dataset, type Split } from '@ptu/data'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { Candidate, Judged, Outcome, Phase, ProtocolOptions, Trial, TrialResult, TrialScore } from './candidate.ts'
import { DivergedError, type TrainError } from './errors.ts'
import { predictDataset, type Predictions } from './evaluate.ts'
import { lossOf } from './losses.ts'
import { accuracy, argmaxRows } from './metrics.ts'
import { keysOf, trainTrial, type TrialRun } from './trial.ts'

/**
 * Trains one candidate of a fair comparison.
 *
 * A candidate of several trials trains each on a stratified 80 % of the labels, picks the one of the highest accuracy,
 * or score, on the rest (at least 2 examples per class; ties go to the lower loss, then to the earlier trial) and trains it again
 * on all labels with the same schedule. A candidate of one trial trains once on all labels. Trials are judged by their
 * last parameters, or by the average of a trial that keeps one. A trial that diverges ranks last. The result is a Left
 * if all trials diverge, or the training on all labels does. The result depends on the candidate and the options alone,
 * not on what ran before; with a memory, a candidate that was stopped goes on from where it was.
 *
 * Throws `OptionError` for a candidate without trials.
 *
 * @example
 * ```ts
 * const train: Dataset = {
 *   shape: [1],
 *   features: Float32Array.from({ length: 40 }, (_, i) => i / 20 - 1),
 *   labels: Int32Array.from({ length: 40 }, (_, i) => Number(i > 19)),
 *   classes: ['low', 'high'],
 * }
 * const trials = [1e-3, 0.1].map((rate) => ({ label: `rate ${rate}`, model: dense(2), optimizer: () => adam(rate) }))
 * const options = { train, normalisation: moments(train), key: key(0), steps: 50, batchSize: 8 }
 * const outcome = await runCandidate({ name: 'linear', trials }, options)()
 * expect(E.map(({ chosen }: Outcome) => chosen.label)(outcome)).toEqual(E.right('rate 0.1'))
 * ```
 */
export const runCandidate = <T extends Trial>(
  candidate: Candidate<T>,
  options: ProtocolOptions,
): TaskEither<TrainError | DataError, Outcome<T>> => {
  const [first] = candidate.trials
  if (first === undefined) throw new OptionError(`${candidate.name}: expected at least one trial, got none`)
  return async () => {
    const searched: Searched<T> = searches(candidate) ? await search(candidate, options) : E.right([])
    if (E.isLeft(searched)) return searched
    const chosen = bestByValidation(searched.right)?.trial ?? first
    const onStep = reporter(candidate, chosen, options, 'train')
    const trained = await trainTrial(chosen, { phase: 'train', dataset: options.train, onStep }, options)
    if (E.isLeft(trained)) return trained
    const { params, losses, seconds } = trained.right
    return E.right({
      name: candidate.name,
      chosen,
      trials: searched.right,
      model: chosen.model,
      params,
      seconds: { search: searched.right.reduce((sum, trial) => sum + trial.seconds, 0), train: seconds },
      losses,
    })
  }
}

/** Tells whether labels are held back to judge trials. */
const searches = ({ trials, judged = false }: Candidate): boolean => judged || trials.length > 1

/**
 * The best of some results: the one of the highest accuracy, then of the lowest loss, then the first. A run that diverged,
 * whose loss is infinite, comes after all others. Undefined for an empty list.
 *
 * @example
 * ```ts
 * const [low, high] = [{ accuracy: 0.5, loss: 1 }, { accuracy: 0.5, loss: 0.9 }]
 * expect(bestByValidation([low, high])).toBe(high)
 * ```
 */
export const bestByValidation = <R extends { readonly accuracy: number; readonly loss: number }>(
  results: readonly R[],
): R | undefined =>
  results.reduce<R | undefined>(
    (best, result) => (best === undefined || isBetter(result, best) ? result : best),
    undefined,
  )

type Score = { readonly accuracy: number; readonly loss: number }

const isBetter = (a: Score, b: Score): boolean => {
  // The score of a run that diverged stands for nothing: others may be below 0.
  if (a.loss === Infinity || b.loss === Infinity) return a.loss < b.loss
  return a.accuracy > b.accuracy || (a.accuracy === b.accuracy && a.loss < b.loss)
}

const reporter = (
  candidate: Candidate,
  trial: Trial,
  { steps, onProgress }: ProtocolOptions,
  phase: Phase,
): ((step: number) => void) => {
  const { name, trials } = candidate
  const runs = searches(candidate) ? trials.length + 1 : 1
  const before = phase === 'search' ? trials.indexOf(trial) : runs - 1
  return (step) =>
    onProgress?.({ candidate: name, trial: trial.label, phase, done: before * steps + step, total: runs * steps })
}

/**
 * Divides labels as the search of a candidate with this key does: a stratified 20 %, at least 2 examples per class, validate.
 *
 * A Left names every class that has too few, or too few that are no copies. Another key may divide the same labels.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [1], features: Uint8Array.of(0, 50, 100, 150), labels: Int32Array.of(0, 0, 0, 0), classes: ['a'] }
 * const parts = divideForSearch(key(0), set)
 * expect(E.map(({ validation }: Split) => countOf(validation))(parts)).toEqual(E.right(2))
 * ```
 */
export const divideForSearch = (key: Key, train: Dataset): E.Either<DataError, Split> =>
  splitStratified(keysOf(key).division, train, { fraction: 0.2, atLeast: 2 })

type Searched<T extends Trial> = E.Either<TrainError | DataError, readonly TrialResult<T>[]>

const search = async <T extends Trial>(candidate: Candidate<T>, options: ProtocolOptions): Promise<Searched<T>> => {
  const parts = divideForSearch(options.key, options.train)
  if (E.isLeft(parts)) return parts
  const results: TrialResult<T>[] = []
  for (const trial of candidate.trials) {
    const onStep = reporter(candidate, trial, options, 'search')
    const found = await options.memory?.find(trial.label)
    if (found !== undefined) onStep(options.steps)
    const tried = found === undefined ? await tryOut(trial, parts.right, onStep, options) : E.right(found)
    if (E.isLeft(tried)) return tried
    if (found === undefined) await options.memory?.keep(trial.label, tried.right)
    results.push({ trial, ...tried.right })
  }
  return results.every(({ loss }) => loss === Infinity) ? E.left(allDiverged(results, options)) : E.right(results)
}

const allDiverged = ({ length }: readonly unknown[], { steps }: ProtocolOptions): DivergedError =>
  new DivergedError(
    steps,
    length === 1 ? 'its loss is not finite' : `none of ${String(length)} trials has a finite loss`,
  )

/** Trains a trial on a part of the labels and judges it on the rest; a run that diverges ranks last. */
const tryOut = async (
  trial: Trial,
  parts: Split,
  onStep: TrialRun['onStep'],
  options: ProtocolOptions,
): Promise<E.Either<TrainError, Judged>> => {
  const begun = performance.now()
  const trained = await trainTrial(trial, { phase: 'search', dataset: parts.train, onStep }, options)
  if (E.isLeft(trained) && !(trained.left instanceof DivergedError)) return trained
  const found = E.isLeft(trained) ? worst : await judged(trial, trained.right.params, parts, options)
  return E.right({ ...found, seconds: (performance.now() - begun) / 1000 })
}

const worst = { accuracy: 0, loss: Infinity } as const

/** Judges parameters on the validation part. Consumes them. */
const judged = async (
  { model }: Trial,
  params: ParamTree,
  { train, validation }: Split,
  { normalisation, loss = lossOf(validation), score = accuracyOf }: ProtocolOptions,
): Promise<Score> => {
  const outputsFor = (examples: Dataset): Promise<Predictions> =>
    predictDataset(model, params, examples, normalisation, { loss })
  const outputs = await outputsFor(validation)
  const found = Number.isFinite(outputs.loss)
    ? {
        accuracy: await score({ outputs, examples: validation }, { examples: train, outputs: () => outputsFor(train) }),
        loss: outputs.loss,
      }
    : worst
  disposeParams(params)
  return found
}

const accuracyOf: TrialScore = ({ outputs: { logits, labels, classes } }) =>
  accuracy(argmaxRows(logits, classes), labels)
