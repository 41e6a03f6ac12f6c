import { OptionError } from '@ptu/core'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { hasFile, loadCheckpoint, type Settings } from './checkpoint.ts'
import type { TrainError } from './errors.ts'
import { modelOf, type Run, type Validated } from './run.ts'
import { disposeState, type Objective, type TrainState } from './step.ts'
import { train, type FitOptions } from './train.ts'
import { bestOf } from './validate.ts'

/** A trained model, with parameters of the model's own type. */
export interface FitResult<P extends ParamTree = ParamTree> {
  /** The parameters after the last step or, with patience, of the lowest validation loss; averaged if the objective says so. */
  readonly params: P
  /** The number of steps that made `params`. */
  readonly step: number
  /** The loss at each step; fewer than `steps` if patience ended the run. */
  readonly losses: readonly number[]
  readonly validations: readonly Validated[]
}

/**
 * Folds `step` over batches of a source: a whole run.
 *
 * Consumes the state it is given, also when it fails; on success the caller owns `params`. A Left frees all tensors of
 * the run. It is `DivergedError` if a loss or a parameter is not a finite number, `CheckpointError` for a checkpoint of
 * another run, else `AbortedError`, `CorruptFileError` or `FileError`. An interrupted run that is resumed ends with the
 * same bits as one that ran through. Rejects with `OptionError` for numbers that are not positive integers.
 *
 * @example
 * ```ts
 * const train: Dataset = { shape: [1], features: Float32Array.of(-1, 1), labels: Int32Array.of(0, 1), classes: ['low', 'high'] }
 * const objective = { model: dense(2), loss: crossEntropy, optimizer: adam(0.01) }
 * const data = await encodeDataset(objective.model, train, moments(train))
 * const run = fit(objective, { data, key: key(1), steps: 100, batchSize: 2 })
 * const trained = await run(start(objective, key(0), [1]))()
 * expect(E.isRight(trained)).toBe(true)
 * ```
 */
export const fit =
  <P extends ParamTree>(
    objective: Objective<P>,
    options: FitOptions,
  ): ((fresh: TrainState) => TaskEither<TrainError, FitResult<P>>) =>
  (fresh) =>
  async () => {
    checkOptions(options)
    const settings = settingsOf(objective, options, fresh)
    const begun = await begin(options, fresh, settings)
    if (E.isLeft(begun)) return begun
    const ended = await train(objective, options, settings, begun.right)
    return E.isLeft(ended) ? ended : E.right(finish<P>(options, ended.right))
  }

const checkOptions = ({ steps, batchSize, validation, checkpoint }: FitOptions): void => {
  const numbers = {
    steps,
    batchSize,
    'validation.every': validation?.every,
    'validation.patience': validation?.patience,
    'checkpoint.every': checkpoint?.every,
  }
  for (const [name, value] of Object.entries(numbers))
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1))
      throw new OptionError(`fit: expected ${name} to be a positive integer, got ${String(value)}`)
}

const settingsOf = (
  { model, average }: Objective,
  { data, key, steps, batchSize, validation, checkpoint, replica }: FitOptions,
  fresh: TrainState,
): Settings => ({
  ...checkpoint?.settings,
  model: JSON.stringify(model.spec),
  steps: String(steps),
  batchSize: String(batchSize),
  examples: String(data.count),
  key: JSON.stringify([key, fresh.key]),
  average: String(average?.decay),
  ...(replica && { threads: String(replica.count) }),
  validation: JSON.stringify([validation?.every, validation?.patience, validation?.data.count]),
})

const begin = async (
  { checkpoint }: FitOptions,
  fresh: TrainState,
  settings: Settings,
): Promise<E.Either<TrainError, Run>> => {
  if (checkpoint?.resume !== true || !(await hasFile(checkpoint.path)))
    return E.right({ state: fresh, losses: [], validations: [], best: [] })
  const loaded = await loadCheckpoint(checkpoint.path, fresh, settings)()
  if (E.isLeft(loaded) && checkpoint.onUnusable !== undefined) {
    checkpoint.onUnusable(loaded.left)
    return E.right({ state: fresh, losses: [], validations: [], best: [] })
  }
  disposeState(fresh)
  return loaded
}

/** Takes the model out of a run and frees the rest. */
const finish = <P extends ParamTree>(
  { validation }: FitOptions,
  { state, losses, validations, best }: Run,
): FitResult<P> => {
  const chosen = validation?.patience === undefined ? undefined : bestOf(validations)
  const params = chosen === undefined ? modelOf(state) : best
  disposeParams([state.params, state.optimizer, state.average, best].filter((tree) => tree !== params))
  return { params: params as P, step: chosen?.step ?? state.step, losses: [...losses], validations }
}
