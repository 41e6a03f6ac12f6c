import { OptionError, split, type Key } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'

import type { Phase, ProtocolOptions, Trial } from './candidate.ts'
import { encodeDataset } from './encodings.ts'
import type { TrainError } from './errors.ts'
import { fit, type FitResult } from './fit.ts'
import { lossOf } from './losses.ts'
import { start, type Objective } from './step.ts'

/** A trained trial and the seconds that it took, encoding included. */
export interface Trained extends FitResult {
  readonly seconds: number
}

/** One run of a trial. */
export interface TrialRun {
  readonly phase: Phase
  /** The examples to train on. */
  readonly dataset: Dataset
  readonly onStep: (step: number) => void
}

/** The keys of the parts of a comparison. */
export const keysOf = (key: Key): { readonly division: Key; readonly weights: Key; readonly order: Key } => {
  const [division = key, weights = key, order = key] = split(key, 3)
  return { division, weights, order }
}

/** A trial's objective. Throws `OptionError` where threads cannot join the gradients of the loss. */
const objectiveOf = (
  trial: Trial,
  dataset: Dataset,
  { steps, loss = lossOf(dataset), replica }: ProtocolOptions,
): Objective => {
  if (replica !== undefined && dataset.tagged === true)
    throw new OptionError(
      'expected one thread for examples with a label at each step: their loss is no mean over examples',
    )
  const { model, average } = trial
  return { model, loss, optimizer: trial.optimizer(steps), ...(average === undefined ? {} : { average }) }
}

/** Trains a trial on a data set, independently of what ran before; the caller owns the parameters. */
export const trainTrial = async (
  trial: Trial,
  { dataset, phase, onStep }: TrialRun,
  options: ProtocolOptions,
): Promise<E.Either<TrainError, Trained>> => {
  const { normalisation, key, steps, batchSize, memoryBudget, signal, memory, replica } = options
  const { model } = trial
  const { weights, order } = keysOf(key)
  const objective = objectiveOf(trial, dataset, options)
  const begun = performance.now()
  const data = await encodeDataset(model, dataset, normalisation, memoryBudget === undefined ? {} : { memoryBudget })
  const checkpoint = memory?.checkpoint(trial.label, phase)
  const run = {
    data,
    key: order,
    steps,
    batchSize,
    onStep,
    ...(signal && { signal }),
    ...(checkpoint && { checkpoint }),
    ...(replica && { replica }),
  }
  const trained = await fit(objective, run)(start(objective, weights, dataset.shape))()
  data.dispose()
  const seconds = (performance.now() - begun) / 1000
  return E.map((result: FitResult) => ({ ...result, seconds }))(trained)
}
