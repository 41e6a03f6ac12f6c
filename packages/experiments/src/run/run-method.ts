import {
  PlanError,
  transfer,
  type Evidence,
  type TransferModel,
  type TransferParams,
  type TransferPlan,
} from '@ptu/strategies'
import { runCandidate, type Outcome, type Replica, type Trial, type TrialMemory, type TrialResult } from '@ptu/trainer'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { RunError, trainingError, type ExperimentError } from '../errors.ts'
import { describeTrial, searches, type AdaptedPlan, type Hyperparameters, type Method } from '../methods/method.ts'
import { averageOf, optimizerOf } from '../methods/schedule.ts'
import type { OnStep } from '../progress.ts'
import type { TrainingTask } from '../tasks/few-shot-task.ts'
import { trialScore } from '../tasks/score-outputs.ts'

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
  /** This copy of every training, where several threads train together. */
  readonly replica?: Replica
}

/** A trial of a method: a setting and the model that it makes. */
export interface MethodTrial extends Trial {
  readonly hyperparameters: Hyperparameters
  readonly model: TransferModel
  /** The evidence that set its plan; absent where none did. */
  readonly evidence?: Evidence
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
export const trainMethod =
  (task: TrainingTask, method: Method, options: TrainingOptions): TaskEither<ExperimentError, TrainedMethod> =>
  async () => {
    const began = performance.now()
    const trials = await trialsOf(task, method, options)
    if (E.isLeft(trials)) return trials
    const looking = method.adapt === undefined ? 0 : (performance.now() - began) / 1000
    const { steps, batch, signal, onStep, memory, replica } = options
    const training = runCandidate(
      { name: method.name, trials: trials.right, judged: searches(method) },
      {
        train: task.labelled,
        normalisation: task.normalisation,
        key: task.keys.training,
        steps,
        batchSize: batch,
        ...trialScore(task.labelled),
        signal,
        onProgress: ({ done, total }) => {
          onStep(done, total)
        },
        ...(memory && { memory }),
        ...(replica && { replica }),
      },
    )
    return E.bimap(
      trainingError(`${method.name}, seed ${task.seed}`),
      ({ chosen, trials: tried, ...rest }: Outcome<MethodTrial>) => ({
        chosen,
        trials: tried,
        params: rest.params as TransferParams,
        losses: rest.losses,
        seconds: looking + rest.seconds.search + rest.seconds.train,
      }),
    )(await training())
  }

/** The trials of a method; a Left where the labelled examples do not allow what it does before training. */
const trialsOf = async (
  task: TrainingTask,
  method: Method,
  options: TrainingOptions,
): Promise<E.Either<ExperimentError, readonly MethodTrial[]>> => {
  const { rates, rate } = options
  try {
    const settings = method.trials({ blocks: task.source.blocks.length, rates, rate })
    return E.right(await Promise.all(settings.map((chosen) => trialOf(task, method, chosen, options))))
  } catch (cause) {
    if (cause instanceof RunError) return E.left(new RunError(`${method.name}: ${cause.message}`))
    throw cause
  }
}

const trialOf = async (
  task: TrainingTask,
  method: Method,
  hyperparameters: Hyperparameters,
  { steps, zeroHead }: TrainingOptions,
): Promise<MethodTrial> => {
  const { source, kind, labelled } = task
  const features = source.blocks.reduce((shape, block) => block.output(shape), labelled.shape)
  const plan = {
    blocks: method.plan(source, hyperparameters),
    head: kind.head(labelled.classes.length, features, { zero: zeroHead }),
  }
  const { evidence, ...made } = await adapted(plan, task, method)
  return {
    hyperparameters,
    ...(evidence && { evidence }),
    label: describeTrial(hyperparameters),
    model: transfer(source, made),
    optimizer: (count) => optimizerOf(hyperparameters.rate, count, method.rateParts?.(source)),
    average: averageOf(steps),
  }
}

const adapted = (
  plan: TransferPlan,
  { keys, ...task }: TrainingTask,
  method: Method,
): AdaptedPlan | Promise<AdaptedPlan> => {
  if (method.adapt === undefined) return plan
  if (searches(method))
    throw new PlanError(
      `${method.name}: expected no \`adapt\` in a tuned baseline, it would see the labels that judge it`,
    )
  const { features, labels, classes, targets } = task.labelled
  // What it does to the examples must not reach the methods that are trained after it.
  const labelled = {
    ...{ ...task.labelled, features: features.slice(), labels: labels.slice(), classes: [...classes] },
    ...(targets && { targets: { ...targets, values: targets.values.slice() } }),
  }
  return method.adapt(plan, { ...task, labelled, key: keys.adaptation })
}
