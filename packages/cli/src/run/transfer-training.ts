import { join } from 'node:path'

import { split } from '@ptu/core'
import type { BodyName, StrategyName, TransferConfig } from '@ptu/config'
import type { TransferModel, TransferParams } from '@ptu/strategies'
import { disposeParams } from '@ptu/tensor'
import { encodeDataset, fit, lossOf, start, type FitResult } from '@ptu/trainer'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as T from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Env } from '../env.ts'
import { trainingError, type CliError } from '../errors.ts'
import type { Bench } from './bench.ts'
import { disposePlain, folded, tested, type Tested } from './fold.ts'
import type { OnStep, Prepared } from './lab.ts'
import { saveModel, type ModelFacts } from './model-file.ts'
import { averageOf, optimizerOf } from './schedule.ts'

/** A transfer whose body is chosen. */
export interface SettledTransfer extends TransferConfig {
  readonly body: BodyName
}

/** A transfer under way. */
export interface TransferRun {
  readonly env: Env
  readonly config: SettledTransfer
  readonly steps: number
  readonly folder: string
  readonly resume: boolean
}

/** What a transfer made. */
export interface Transferred extends Tested {
  readonly path: string
  readonly facts: ModelFacts
  readonly prepared: Prepared
  /** Of training, since the run began or went on. */
  readonly seconds: number
}

/** What is trained, and where. */
interface Subject {
  readonly prepared: Prepared
  readonly bench: Bench
  readonly model: TransferModel
}

/** A trained model; the caller owns `params`. */
export interface TrainedModel {
  readonly params: TransferParams
  readonly seconds: number
}

/** A strategy and its depth: `share-2` is `share` of two blocks. */
export const choiceOf = (text: string): { readonly strategy: StrategyName; readonly depth: number | null } => {
  const [, name = text, depth] = /^(share|fine-tune)-([0-9]+)$/.exec(text) ?? []
  return { strategy: name as StrategyName, depth: depth === undefined ? null : Number(depth) }
}

/** How many steps are done from one checkpoint to the next. */
const every = 50

/** Trains on all labels, from the run's checkpoint where it goes on. A run of a comparison with these keys has the same bits. */
export const trainModel =
  (
    { env, config, steps, folder, resume }: TransferRun,
    { prepared, bench, model }: Subject,
    onStep: OnStep,
  ): TE.TaskEither<CliError, TrainedModel> =>
  async () => {
    const began = env.now()
    const { training } = bench.keys
    const [, weights = training, order = training] = split(training, 3)
    const objective = {
      model,
      loss: lossOf(bench.labelled),
      optimizer: optimizerOf(config.rate, steps),
      average: averageOf(steps),
    }
    const data = await encodeDataset(model, bench.labelled, bench.normalisation)
    const fitted = await fit(objective, {
      data,
      key: order,
      steps,
      batchSize: config.batch,
      signal: env.signal,
      onStep: (done) => {
        onStep(done, steps)
      },
      checkpoint: { path: join(folder, 'checkpoint.safetensors'), every, resume, settings: recordOf(config, prepared) },
    })(start(objective, weights, bench.labelled.shape))()
    data.dispose()
    return E.bimap(trainingError(config.strategy), ({ params }: FitResult): TrainedModel => ({
      params: params as TransferParams,
      seconds: (env.now() - began) / 1000,
    }))(fitted)
  }

/** What a checkpoint must agree on, beyond what the trainer checks by itself. */
const recordOf = ({ strategy, rate }: TransferConfig, prepared: Prepared): Readonly<Record<string, string>> => ({
  strategy,
  rate: String(rate),
  backend: prepared.backend,
  'source data': prepared.sourceData,
  'target data': prepared.target.data,
})

/** Folds, tests and saves a trained model. Consumes its parameters. */
export const finish = (
  { config, steps, folder }: TransferRun,
  { prepared, bench, model }: Subject,
  { params, seconds }: TrainedModel,
): TE.TaskEither<CliError, Transferred> => {
  const plain = folded(model, params)
  const path = join(folder, 'model.safetensors')
  return pipe(
    TE.fromTask(() => tested(bench, model, params, plain)),
    TE.map((found): Transferred => {
      const facts: ModelFacts = {
        format: 'ptu-model/1',
        spec: plain.network.spec,
        blocks: prepared.blocks,
        shape: bench.labelled.shape,
        classes: bench.labelled.classes,
        vocabulary: bench.labelled.vocabulary ?? null,
        normalisation: bench.normalisation,
        strategy: config.strategy,
        rate: config.rate,
        seed: config.seed,
        steps,
        sourceData: prepared.sourceData,
        targetData: prepared.target.data,
        accuracy: found.accuracy,
        gates: found.gates,
      }
      return { ...found, path, facts, prepared, seconds }
    }),
    TE.tap(({ facts }) => saveModel(path, plain.params, facts)),
    T.tapIO(() => () => {
      disposeParams(params)
      disposePlain(plain)
    }),
  )
}
