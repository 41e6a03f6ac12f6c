import { turns, type Key } from '@ptu/core'
import { batchIndices, bucketIndices } from '@ptu/data'
import { disposeParams } from '@ptu/tensor'
import type { Scalar } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'

import { hasFile, saveCheckpoint, type Settings } from './checkpoint.ts'
import type { BatchSource } from './encodings.ts'
import { AbortedError, DivergedError, type TrainError } from './errors.ts'
import { ownPart, type Replica } from './replica.ts'
import { disposeRun, isFiniteTree, type Run } from './run.ts'
import { lossAt, step, tensorsOf, type Batch, type Objective } from './step.ts'
import { isPatienceOver, validated, type ValidationOptions } from './validate.ts'

/** The file a run is saved to, and how often. A run is also saved at its end and when it is aborted. */
export interface CheckpointOptions {
  readonly path: string
  /** The number of steps from one save to the next. */
  readonly every: number
  /**
   * The least number of seconds between two saves, so that a short run writes nothing; an abort saves all the same.
   *
   * If saving is slow, more seconds pass, so that it takes at most a tenth of the time.
   */
  readonly seconds?: number
  /** Goes on from the file if there is one. Without a file, or with `false`, the run begins anew. */
  readonly resume?: boolean
  /** Begins anew, instead of giving a Left, if the file is damaged or of another run; called with the reason. */
  readonly onUnusable?: (error: TrainError) => void
  /**
   * More settings that must agree before a run is resumed and that the model does not show: the optimizer's options,
   * the data, the source of a transfer.
   */
  readonly settings?: Settings
}

/** The options of {@link fit}. */
export interface FitOptions {
  readonly data: BatchSource
  /** Draws the order of the examples. */
  readonly key: Key
  readonly steps: number
  readonly batchSize: number
  readonly signal?: AbortSignal
  /** Called after each step, with the number of steps done and the loss. */
  readonly onStep?: (step: number, loss: number) => void
  readonly validation?: ValidationOptions
  readonly checkpoint?: CheckpointOptions
  /** This copy of the run, if others compute the gradients with it. The loss has to be a mean over examples. */
  readonly replica?: Replica
}

/** A run that is under way; its losses grow in place. */
type LiveRun = Run & { readonly losses: number[] }

/** Steps until the run is over. Consumes the run, also when it fails. */
export const train = async (
  objective: Objective,
  options: FitOptions,
  settings: Settings,
  begun: Run,
): Promise<E.Either<TrainError, Run>> => {
  const keep = keeping(objective, options, settings)
  const advance = advancing(objective, options)
  const pause = turns()
  let run: LiveRun = { ...begun, losses: [...begun.losses] }
  while (!isOver(options, run)) {
    if (options.signal?.aborted === true) return aborted(options, await keep(run, true), run)
    const next = await advance(run)
    if (E.isLeft(next)) return next
    run = next.right
    const isDue = run.state.step % (options.checkpoint?.every ?? options.steps) === 0 || isOver(options, run)
    const kept = isDue ? await keep(run) : E.right(undefined)
    if (E.isLeft(kept)) return failed(run, kept.left)
    await pause()
  }
  return E.right(run)
}

const isOver = ({ steps, validation }: FitOptions, { state, validations }: Run): boolean =>
  state.step >= steps || (validation?.patience !== undefined && isPatienceOver(validations, validation.patience))

/** A batch, or the part of it that this copy of the run computes, and that part's size. */
const batchAt = (
  { data, key, batchSize, replica }: FitOptions,
  step: number,
): { readonly batch: Batch; readonly weight: number } => {
  const all =
    data.lengths === undefined
      ? batchIndices(key, step, data.count, batchSize)
      : bucketIndices(key, step, data.lengths, batchSize)
  const own = replica === undefined ? all : ownPart(all, replica)
  return { batch: data.batch(own), weight: own.length / all.length }
}

/** The number in a scalar, which is freed. */
const numberOf = async (scalar: Scalar): Promise<number> => {
  const [value = NaN] = await scalar.data()
  scalar.dispose()
  return value
}

/** Does a step and, if one is due, a validation. Consumes the run. */
const advancing = (
  objective: Objective,
  options: FitOptions,
): ((run: LiveRun) => Promise<E.Either<TrainError, LiveRun>>) => {
  const { steps, onStep, validation, checkpoint, replica } = options
  const advance = step(objective)
  return async (run) => {
    const { batch, weight } = batchAt(options, run.state.step)
    const { state, loss } = advance(run.state, batch, { steps, ...(replica && { share: { replica, weight } }) })
    disposeParams([batch.x, batch.y])
    const value = await numberOf(loss)
    const next = { ...run, state }
    if (!Number.isFinite(value)) return failed(next, await diverged(checkpoint, next, `the loss is ${String(value)}`))
    run.losses.push(value)
    onStep?.(state.step, value)
    if (validation === undefined || state.step % validation.every !== 0) return E.right(next)
    const judged = { ...(await validated(objective, validation, next)), losses: run.losses }
    const found = judged.validations.at(-1)?.loss ?? NaN
    if (Number.isFinite(found)) return E.right(judged)
    return failed(judged, await diverged(checkpoint, judged, `the validation loss is ${String(found)}`))
  }
}

/**
 * The milliseconds from one save to the next: what was asked for, at least nine times as long as the last save took. None
 * where nothing was asked for.
 */
export const pauseAfter = (took: number, seconds: number | undefined): number =>
  seconds === undefined ? 0 : Math.max(1000 * seconds, 9 * took)

const failed = (run: Run, error: TrainError): E.Either<TrainError, never> => {
  disposeRun(run)
  return E.left(error)
}

const diverged = async (checkpoint: CheckpointOptions | undefined, run: Run, what: string): Promise<DivergedError> => {
  const isSaved = checkpoint !== undefined && (await hasFile(checkpoint.path))
  return new DivergedError(run.state.step, what, isSaved ? checkpoint.path : undefined)
}

/**
 * Checks a run and saves it if a save is due. Borrows the run.
 *
 * Only a run that can go on is saved, so that the last checkpoint is a good one: all numbers are finite, and so is the
 * loss of the parameters on the next batch.
 */
const keeping = (
  objective: Objective,
  options: FitOptions,
  settings: Settings,
): ((run: Run, atOnce?: boolean) => Promise<E.Either<TrainError, void>>) => {
  const { checkpoint, steps, replica } = options
  if (replica !== undefined && replica.rank > 0) return () => Promise.resolve(E.right(undefined))
  let last = performance.now()
  let took = 0
  return async (run: Run, atOnce = false): Promise<E.Either<TrainError, void>> => {
    const isTooSoon = !atOnce && performance.now() - last < pauseAfter(took, checkpoint?.seconds)
    if (isTooSoon && !isOver(options, run)) return E.right(undefined)
    const began = performance.now()
    if (!(await isFiniteTree(tensorsOf(run.state))))
      return E.left(await diverged(checkpoint, run, 'a parameter is not finite'))
    const { batch } = batchAt(options, run.state.step)
    const loss = lossAt(objective, run.state, batch, steps)(run.state.params)
    disposeParams([batch.x, batch.y])
    const value = await numberOf(loss)
    if (!Number.isFinite(value))
      return E.left(await diverged(checkpoint, run, `the loss is ${String(value)} after the update`))
    if (checkpoint === undefined || isTooSoon) return E.right(undefined)
    const saved = await saveCheckpoint(checkpoint.path, run, settings)()
    last = performance.now()
    took = last - began
    return saved
  }
}

const aborted = (
  { steps, checkpoint }: FitOptions,
  kept: E.Either<TrainError, void>,
  run: Run,
): E.Either<TrainError, never> =>
  failed(run, E.isLeft(kept) ? kept.left : new AbortedError(run.state.step, steps, checkpoint?.path))
