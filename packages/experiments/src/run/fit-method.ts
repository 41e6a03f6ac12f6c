import { concat, take, type Dataset } from '@ptu/data'
import { disposeSource, rescaleProblem, type RescaleOptions } from '@ptu/networks'
import { gateValues } from '@ptu/strategies'
import { disposeParams } from '@ptu/tensor'
import { encodeEachBatch, predict } from '@ptu/trainer'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { heldAt } from '../methods/built-in.ts'
import type { Hyperparameters, Method } from '../methods/method.ts'
import type { TaskFacts } from '../models/task-facts.ts'
import { shared } from '../tasks/shared-memory.ts'
import { keysOf, openFor, type TrainingTask } from '../tasks/few-shot-task.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import type { Comparison } from './comparison.ts'
import { plainModel } from './final-evaluation.ts'
import { stretches } from './run-job.ts'
import { trainMethod, type TrainedMethod, type TrainingOptions } from './run-method.ts'
import { encodeWhole } from './whole-model.ts'

/** A training of one method at one setting on labelled examples. */
export interface FitRequest {
  /** A name for its checkpoint. */
  readonly name: string
  readonly comparison: Comparison
  readonly method: string
  readonly held: Hyperparameters
  readonly seed: number
  /** The places of the examples to train on; null for all. */
  readonly train: Int32Array | null
  /** The places of the examples to predict afterwards; null for none. */
  readonly predict: Int32Array | null
  /** Tells that the folded model is kept. */
  readonly keeps: boolean
  /** The facts that the model remembers of its task; a scale is that of the examples that it is trained on. */
  readonly task?: TaskFacts | undefined
}

/** The outcome of a {@link FitRequest}. */
export interface Fitted {
  /** `[predicted, classes]`, probabilities or numbers; null if nothing was to be predicted. */
  readonly probabilities: Float32Array | null
  /** The bytes of the model's file; null if it was not to be kept. */
  readonly model: Uint8Array | null
  /** The training loss, averaged over at most a hundred stretches of equal length. */
  readonly curve: readonly number[]
  readonly seconds: number
}

/** Trains a method at one setting on some of the labelled examples. */
export const fitMethod = (
  request: FitRequest,
  method: Method,
  options: Pick<TrainingOptions, 'signal' | 'onStep' | 'memory' | 'replica'> & RescaleOptions,
): TE.TaskEither<ExperimentError, Fitted> => {
  const { comparison, seed, train } = request
  const { train: all } = comparison.target
  const kind = taskKindOf(all)
  const labelled = kind.prepared(labelledIn(comparison, train))
  return pipe(
    openFor(labelled, comparison, options),
    TE.flatMap((source): TE.TaskEither<ExperimentError, Fitted> => {
      const { normalisation } = comparison.network.input
      const rescaled = comparison.rescales && rescaleProblem(source) === undefined
      const task: TrainingTask = { seed, kind, source, rescaled, labelled, normalisation, keys: keysOf(seed) }
      return pipe(
        trainMethod(task, heldAt(method, request.held), { ...comparison, ...options }),
        TE.flatMapTask((trained) => () => outcomeOf(request, task, trained)),
        (training) => async () => {
          const fitted = await training()
          disposeSource(source)
          return fitted
        },
      )
    }),
  )
}

/** The examples to train on, and after them their changed copies. */
const labelledIn = ({ target: { train }, views = [] }: Comparison, places: Int32Array | null): Dataset =>
  [train, ...views].map((some) => (places === null ? some : take(some, places))).reduce(concat)

/** Consumes the trained parameters. */
const outcomeOf = async (request: FitRequest, task: TrainingTask, trained: TrainedMethod): Promise<Fitted> => {
  const { params, losses, seconds } = trained
  const probabilities = request.predict && (await predictedBy(request, task, trained, request.predict))
  const model = request.keeps ? await keptModel(request, task, trained) : null
  disposeParams(params)
  return { probabilities, model, curve: stretches(losses, 100), seconds }
}

const predictedBy = async (
  { comparison }: FitRequest,
  { kind, labelled, normalisation }: TrainingTask,
  { chosen: { model }, params }: TrainedMethod,
  places: Int32Array,
): Promise<Float32Array> => {
  const examples: Dataset = take(comparison.target.train, places)
  const { logits, classes } = await predict(model, params, encodeEachBatch(model, examples, normalisation))
  return shared(kind.outputs(logits, { width: classes, scale: labelled.targets?.scale }))
}

const keptModel = async (
  { comparison, method, held, seed, task }: FitRequest,
  { labelled }: TrainingTask,
  { chosen: { model }, params }: TrainedMethod,
): Promise<Uint8Array> => {
  const plain = plainModel(model, params)
  const gates = (await gateValues(model, params)).map((gate) => ({ fineTune: null, ...gate }))
  const bytes = await encodeWhole(comparison, plain, {
    ...{ classes: labelled.classes, method, rate: held.rate, seed, steps: comparison.steps, accuracy: null, gates },
    ...(task && { task: { ...task, ...(task.scale && { scale: labelled.targets?.scale }) } }),
  })
  disposeParams(plain.params)
  return shared(bytes)
}
