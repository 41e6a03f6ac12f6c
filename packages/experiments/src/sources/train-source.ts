import { foldIn, key, type Json } from '@ptu/core'
import type { Dataset, Encoding } from '@ptu/data'
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
import { bodyData, type BodyRecipe } from './bodies.ts'
import { portable, type InputRule, type PortableNetwork } from './portable-network.ts'
import type { SourceFacts } from './source-facts.ts'
import { ruleOf } from './token-rule.ts'
import { chooseLength, sourceBatch, stepsFor, type JudgeLength } from './source-length.ts'

/** A source network that was trained here. */
export interface TrainedNetwork {
  readonly network: PortableNetwork
  readonly facts: SourceFacts
}

/** Everything that a source network is made from: equal requests give the same bits on one backend. */
export interface SourceRequest {
  /** The name of a body. */
  readonly body: string
  /** Passes over the data; null where validation on a part of them decides; with 0 the network stays as it starts. */
  readonly epochs: number | null
  readonly seed: number
  readonly data: TaskData
  /** The record that goes into the network's file, so that it can be told from others. */
  readonly record: Json
}

/** The circumstances of a source's training. */
export interface SourceOptions {
  readonly signal: AbortSignal
  readonly onStep: OnStep
  /** Gives the checkpoint of a stopped training by the training's name. */
  readonly checkpoint?: (name: string) => CheckpointOptions | undefined
  /** Is told how long the training is, where that was chosen here. */
  readonly tell?: (text: string) => void
}

const rate = 2e-3

/**
 * Trains a source network on data of its own: Adam with a cosine to 2 % of its rate, batches of 128.
 *
 * Without a number of epochs the length is chosen by {@link chooseLength}; the network then learns from all its data.
 */
export const trainSource = (
  recipe: BodyRecipe,
  { epochs, seed, data, record }: Omit<SourceRequest, 'body'>,
  options: SourceOptions,
): TE.TaskEither<ExperimentError, TrainedNetwork> => {
  const { train, test } = data
  const began = performance.now()
  const plan = { recipe, seed, data, options }
  if (epochs === 0) return TE.fromTask(() => untrained(plan, train, record))
  return pipe(
    epochs === null ? lengthFor(plan, train) : TE.right(stepsFor(epochs, train)),
    TE.flatMap((steps) => trainingOn(plan, train, { steps, name: 'source' })),
    TE.flatMapTask((trained) =>
      pipe(
        () => finished({ ...trained, test, began, record }),
        T.tapIO(() => () => {
          disposeParams(trained.params)
        }),
      ),
    ),
  )
}

/** All but the data that a training depends on. */
interface Plan {
  readonly recipe: BodyRecipe
  readonly seed: number
  /** The way from a row or a text to an example, and what tokens start from. */
  readonly data: Pick<TaskData, 'encoding' | 'vectors'>
  readonly options: SourceOptions
}

/** A network with its head. The caller owns `params`. */
interface Trained {
  readonly model: Layer
  readonly body: Body
  readonly params: readonly ParamTree[]
  readonly input: InputRule
}

const trainingOn = (
  { recipe, seed, data, options: { signal, onStep, checkpoint } }: Plan,
  train: Dataset,
  { steps, name }: { readonly steps: number; readonly name: string },
): TE.TaskEither<ExperimentError, Trained> => {
  const body = recipe.body(bodyData(train, data))
  const features = body.reduce((shape, { layer }) => layer.output(shape), train.shape)
  const model = withHead(body, taskKindOf(train).head(train.classes.length, features))
  const objective = { model, loss: lossOf(train), optimizer: adam(cosine({ from: rate, to: 0.02, steps })) }
  const input = inputOf(train, data.encoding)
  const kept = checkpoint?.(name)
  const run = {
    data: encodeEachBatch(model, train, input.normalisation),
    key: foldIn(key(seed), 1),
    steps,
    batchSize: sourceBatch,
    signal,
    onStep: (done: number) => {
      onStep(done, steps)
    },
    ...(kept && { checkpoint: kept }),
  }
  return pipe(
    fit(objective, run)(start(objective, foldIn(key(seed), 0), train.shape)),
    TE.bimap(trainingError('source network'), ({ params }) => ({ model, body, params, input })),
  )
}

/** The step before the first layer that fits some data. */
const inputOf = (train: Dataset, encoding: Encoding | undefined): InputRule => {
  const { shape, vocabulary = null } = train
  const known = encoding && { encoding }
  const normalisation = normalisationOf({ train, ...known })
  // Which columns hold texts and labels, the data say; a network of texts brings its tokenizer.
  const input = encoding?.kind === 'tokens' ? { tokens: ruleOf(encoding) } : known
  return { shape, normalisation, vocabulary, image: null, ...input }
}

const lengthFor = (plan: Plan, train: Dataset): TE.TaskEither<ExperimentError, number> => {
  const judge: JudgeLength = (parts, steps) =>
    pipe(
      trainingOn(plan, parts.train, { steps, name: `source-try-${steps}` }),
      TE.flatMapTask(({ model, params, input }) => async () => {
        const { accuracy, confusion } = await evaluate(model, params, parts.validation, input.normalisation)
        disposeParams(params)
        return { accuracy, chance: majority(confusion) }
      }),
    )
  return pipe(
    chooseLength(plan.seed, train, judge),
    TE.map(({ steps, why }) => {
      plan.options.tell?.(`the source network is trained for ${steps} steps: ${why}; --epochs says otherwise`)
      return steps
    }),
  )
}

/** A network as it starts. */
const untrained = async ({ recipe, seed, data }: Plan, train: Dataset, record: Json): Promise<TrainedNetwork> => {
  const [body, input] = [recipe.body(bodyData(train, data)), inputOf(train, data.encoding)]
  const params = initBody(body, foldIn(key(seed), 0), input.shape)
  const facts = { accuracy: null, chance: null, parameters: countParams(params), seconds: 0 }
  const network = await portable(body, params, input, { facts: JSON.stringify(facts), record: JSON.stringify(record) })
  disposeParams(params)
  return { network, facts }
}

/** A source network after its training. */
interface Finished extends Trained {
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
