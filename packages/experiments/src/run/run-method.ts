import { transfer, type TransferModel, type TransferParams } from '@ptu/strategies'
import { runCandidate, type Outcome, type Trial, type TrialMemory, type TrialResult } from '@ptu/trainer'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { trainingError, type ExperimentError } from '../errors.ts'
import { describeTrial, searches, type Hyperparameters, type Method } from '../methods/method.ts'
import { averageOf, optimizerOf } from '../methods/schedule.ts'
import type { OnStep } from '../progress.ts'
import type { TrainingTask } from '../tasks/few-shot-task.ts'

/** The circumstances of a training. */
export interface TrainingOptions {
  readonly rates: readonly number[]
  readonly rate: number
  readonly zeroHead: boolean
  readonly steps: number
  readonly batch: number
  readonly signal: AbortSignal
  readonly onStep: OnStep
  readonly memory?: TrialMemory
}

/** A trial of a method: a setting and the model that it makes. */
export interface MethodTrial extends Trial {
  readonly hyperparameters: Hyperparameters
  readonly model: TransferModel
}

/** A method that was trained on the labels of a task. The caller owns `params`. */
export interface TrainedMethod {
  readonly chosen: MethodTrial
  /** The results of the trials; empty if there was nothing to choose. */
  readonly trials: readonly TrialResult<MethodTrial>[]
  readonly params: TransferParams
  /** The loss at each step of the last run. */
  readonly losses: readonly number[]
  /** The seconds of training, the search included. */
  readonly seconds: number
}

/**
 * Trains a method on the labels of a task by the protocol of a fair comparison: a tuned baseline tries its settings on
 * 80 % of the labels and trains the best of them again on all; any other method trains once on all labels.
 */
export const trainMethod = (
  task: TrainingTask,
  method: Method,
  options: TrainingOptions,
): TaskEither<ExperimentError, TrainedMethod> => {
  const { rates, rate, steps, batch, signal, onStep, memory } = options
  const trials = method
    .trials({ blocks: task.source.blocks.length, rates, rate })
    .map((hyperparameters) => trialOf(task, method, hyperparameters, options))
  const training = runCandidate(
    { name: method.name, trials, judged: searches(method) },
    {
      train: task.labelled,
      normalisation: task.normalisation,
      key: task.keys.training,
      steps,
      batchSize: batch,
      signal,
      onProgress: ({ done, total }) => {
        onStep(done, total)
      },
      ...(memory && { memory }),
    },
  )
  return async () =>
    E.bimap(
      trainingError(`${method.name}, seed ${task.seed}`),
      ({ chosen, trials: tried, ...rest }: Outcome<MethodTrial>) => ({
        chosen,
        trials: tried,
        params: rest.params as TransferParams,
        losses: rest.losses,
        seconds: rest.seconds.search + rest.seconds.train,
      }),
    )(await training())
}

const trialOf = (
  { source, kind, labelled }: TrainingTask,
  method: Method,
  hyperparameters: Hyperparameters,
  { steps, zeroHead }: TrainingOptions,
): MethodTrial => {
  const features = source.blocks.reduce((shape, block) => block.output(shape), labelled.shape)
  return {
    hyperparameters,
    label: describeTrial(hyperparameters),
    model: transfer(source, {
      blocks: method.plan(source, hyperparameters),
      head: kind.head(labelled.classes.length, features, { zero: zeroHead }),
    }),
    optimizer: (count) => optimizerOf(hyperparameters.rate, count),
    average: averageOf(steps),
  }
}
