import { foldIn, key, type Json } from '@ptu/core'
import { batchesPerEpoch, countOf, type Dataset } from '@ptu/data'
import type { Layer } from '@ptu/layers'
import { initBody, withHead, type Body } from '@ptu/networks'
import { adam, cosine } from '@ptu/optim'
import { countParams, disposeParams, type ParamTree } from '@ptu/tensor'
import { encodeEachBatch, evaluate, fit, lossOf, start, type CheckpointOptions } from '@ptu/trainer'
import { pipe } from 'fp-ts/lib/function.js'
import * as T from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { trainingError, type ExperimentError } from '../errors.ts'
import type { OnStep } from '../progress.ts'
import { normalisationOf, type TaskData } from '../tasks/task-data.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import type { BodyRecipe } from './bodies.ts'
import { portable, type InputRule, type PortableNetwork } from './portable-network.ts'

/** The facts of a source network's training. */
export interface SourceFacts {
  /** On the source's own test data, from 0 to 1; null where they are not known. */
  readonly accuracy: number | null
  /** The accuracy of always naming the commonest class of those test data; null where they are not known. */
  readonly chance: number | null
  /** Without the head. */
  readonly parameters: number
  /** The seconds of its training, whenever that was. */
  readonly seconds: number
}

/** A source network that was trained here. */
export interface TrainedNetwork {
  readonly network: PortableNetwork
  readonly facts: SourceFacts
}

/** All that a source network is made from: equal requests give the same bits on one backend. */
export interface SourceRequest {
  /** The name of a body. */
  readonly body: string
  /** Passes over the data; with 0 the network stays as it starts, at random. */
  readonly epochs: number
  readonly seed: number
  readonly data: TaskData
  /** The record that goes into the network's file, so that it can be told from others. */
  readonly record: Json
}

/** The circumstances of a source's training. */
export interface SourceOptions {
  readonly signal: AbortSignal
  readonly onStep: OnStep
  readonly checkpoint?: CheckpointOptions
}

const batchSize = 128
const rate = 2e-3

/** Trains a source network on data of its own: Adam with a cosine to 2 % of its rate, batches of 128. */
export const trainSource = (
  recipe: BodyRecipe,
  { epochs, seed, data, record }: Omit<SourceRequest, 'body'>,
  { signal, onStep, checkpoint }: SourceOptions,
): TE.TaskEither<ExperimentError, TrainedNetwork> => {
  const { train, test, encoding } = data
  const began = performance.now()
  const steps = Math.max(1, Math.round(epochs * batchesPerEpoch(countOf(train), batchSize)))
  const body = recipe.body(train)
  const features = body.reduce((shape, { layer }) => layer.output(shape), train.shape)
  const model = withHead(body, taskKindOf(train).head(train.classes.length, features))
  const objective = { model, loss: lossOf(train), optimizer: adam(cosine({ from: rate, to: 0.02, steps })) }
  const normalisation = normalisationOf(data)
  const { shape, vocabulary = null } = train
  const input: InputRule = { shape, normalisation, vocabulary, image: null, ...(encoding && { encoding }) }
  if (epochs === 0) return TE.fromTask(() => untrained({ body, input, seed, record }))
  const run = {
    data: encodeEachBatch(model, train, normalisation),
    key: foldIn(key(seed), 1),
    steps,
    batchSize,
    signal,
    onStep: (done: number) => {
      onStep(done, steps)
    },
    ...(checkpoint && { checkpoint }),
  }
  return pipe(
    fit(objective, run)(start(objective, foldIn(key(seed), 0), train.shape)),
    TE.mapLeft(trainingError('source network')),
    TE.flatMapTask(({ params }) =>
      pipe(
        () => finished({ model, body, params: params, input, test, began, record }),
        T.tapIO(() => () => {
          disposeParams(params)
        }),
      ),
    ),
  )
}

/** A network as it starts. */
const untrained = async ({
  body,
  input,
  seed,
  record,
}: Pick<Finished, 'body' | 'input' | 'record'> & { readonly seed: number }): Promise<TrainedNetwork> => {
  const params = initBody(body, foldIn(key(seed), 0), input.shape)
  const facts = { accuracy: null, chance: null, parameters: countParams(params), seconds: 0 }
  const network = await portable(body, params, input, { facts: JSON.stringify(facts), record: JSON.stringify(record) })
  disposeParams(params)
  return { network, facts }
}

/** A source network after its training. */
interface Finished {
  readonly model: Layer
  readonly body: Body
  readonly params: readonly ParamTree[]
  readonly input: InputRule
  readonly test: Dataset
  readonly began: number
  readonly record: Json
}

const finished = async ({ model, body, params, input, test, began, record }: Finished): Promise<TrainedNetwork> => {
  const { accuracy, confusion } = await evaluate(model, params, test, input.normalisation)
  const blocks = params.slice(0, -1)
  const seconds = (performance.now() - began) / 1000
  const facts = { accuracy, chance: majority(confusion), parameters: countParams(blocks), seconds }
  const metadata = { facts: JSON.stringify(facts), record: JSON.stringify(record) }
  return { network: await portable(body, blocks, input, metadata), facts }
}

/** The part of the commonest true class. */
const majority = (confusion: readonly (readonly number[])[]): number => {
  const counts = confusion.map((row) => row.reduce((sum, n) => sum + n, 0))
  return Math.max(...counts) / counts.reduce((sum, n) => sum + n, 0)
}
