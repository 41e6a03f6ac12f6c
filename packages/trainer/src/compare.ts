import { OptionError } from '@ptu/core'
import { splitStratified, type DataError, type Dataset } from '@ptu/data'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { Candidate, CandidateProgress, Outcome, ProtocolOptions, Trial, TrialResult } from './candidate.ts'
import { DivergedError, type TrainError } from './errors.ts'
import { evaluate } from './evaluate.ts'
import { lossOf } from './losses.ts'
import { keysOf, trainOn } from './trial.ts'

/**
 * Trains one candidate of a fair comparison.
 *
 * A candidate of several trials trains each on a stratified 80 % of the labels, picks the one of the highest accuracy
 * on the rest (at least 2 examples per class; ties go to the lower loss, then to the earlier trial) and trains it again
 * on all labels with the same schedule. A candidate of one trial trains once on all labels. Trials are judged by their
 * last parameters, averaged where they say so. A trial that diverges is the worst; a Left where all do, or where the
 * last run does. The result depends on the candidate and the options alone, not on what ran before.
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
 * expect(E.map(({ chosen }: Outcome) => chosen)(outcome)).toEqual(E.right('rate 0.1'))
 * ```
 */
export const runCandidate = (
  candidate: Candidate,
  options: ProtocolOptions,
): TaskEither<TrainError | DataError, Outcome> => {
  const [first] = candidate.trials
  if (first === undefined) throw new OptionError(`${candidate.name}: expected at least one trial, got none`)
  return async () => {
    const searched = searches(candidate) ? await search(candidate, options) : E.right([])
    if (E.isLeft(searched)) return searched
    const chosen = candidate.trials[indexOfBest(searched.right)] ?? first
    const trained = await trainOn(chosen, options.train, options, reporter(candidate, chosen, options, 'train'))
    if (E.isLeft(trained)) return trained
    const { params, losses, seconds } = trained.right
    return E.right({
      name: candidate.name,
      chosen: chosen.label,
      trials: searched.right,
      model: chosen.model,
      params,
      seconds: { search: searched.right.reduce((sum, trial) => sum + trial.seconds, 0), train: seconds },
      losses,
    })
  }
}

/** Whether labels are held back to judge trials. */
const searches = ({ trials, judged = false }: Candidate): boolean => judged || trials.length > 1

/** The place of the best result; 0 of none. */
const indexOfBest = (results: readonly TrialResult[]): number =>
  results.reduce((best, { accuracy, loss }, i) => {
    const { accuracy: highest, loss: lowest } = results[best] as TrialResult
    return accuracy > highest || (accuracy === highest && loss < lowest) ? i : best
  }, 0)

const reporter = (
  candidate: Candidate,
  trial: Trial,
  { steps, onProgress }: ProtocolOptions,
  phase: CandidateProgress['phase'],
): ((step: number) => void) => {
  const { name, trials } = candidate
  const runs = searches(candidate) ? trials.length + 1 : 1
  const before = phase === 'search' ? trials.indexOf(trial) : runs - 1
  return (step) =>
    onProgress?.({ candidate: name, trial: trial.label, phase, done: before * steps + step, total: runs * steps })
}

const search = async (
  candidate: Candidate,
  options: ProtocolOptions,
): Promise<E.Either<TrainError | DataError, readonly TrialResult[]>> => {
  const parts = splitStratified(keysOf(options.key).division, options.train, { fraction: 0.2, atLeast: 2 })
  if (E.isLeft(parts)) return parts
  const { train, validation } = parts.right
  const results: TrialResult[] = []
  const failures: DivergedError[] = []
  for (const trial of candidate.trials) {
    const begun = performance.now()
    const trained = await trainOn(trial, train, options, reporter(candidate, trial, options, 'search'))
    if (E.isLeft(trained)) {
      if (!(trained.left instanceof DivergedError)) return trained
      failures.push(trained.left)
    }
    const found = E.isLeft(trained) ? worst : await judged(trial, trained.right.params, validation, options)
    results.push({ label: trial.label, ...found, seconds: (performance.now() - begun) / 1000 })
  }
  const [failure] = failures
  return failure !== undefined && failures.length === results.length ? E.left(failure) : E.right(results)
}

const worst = { accuracy: 0, loss: Infinity } as const

/** What parameters do on the validation part. Consumes them. */
const judged = async (
  { model }: Trial,
  params: ParamTree,
  validation: Dataset,
  { normalisation, loss = lossOf(validation) }: ProtocolOptions,
): Promise<Pick<TrialResult, 'accuracy' | 'loss'>> => {
  const found = await evaluate(model, params, validation, normalisation, { loss })
  disposeParams(params)
  return Number.isFinite(found.loss) ? { accuracy: found.accuracy, loss: found.loss } : worst
}
