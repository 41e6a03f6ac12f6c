import { foldIn, key } from '@ptu/core'
import { integer, number, struct, type BodyName, type Decoder } from '@ptu/config'
import { batchesPerEpoch, countOf, moments, type Normalisation } from '@ptu/data'
import { withHead } from '@ptu/networks'
import { adam, cosine } from '@ptu/optim'
import { countParams, disposeParams, loadParams, saveParams, type ParamTree } from '@ptu/tensor'
import { encodeEachBatch, evaluate, fit, lossOf, start } from '@ptu/trainer'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as T from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { digestOf } from '../digest.ts'
import { toRunError, trainingError, type CliError, type RunError } from '../errors.ts'
import { bodyOf, headFor } from './body.ts'
import type { TaskData } from './data.ts'
import { normalisationDecoder, readMetadata } from './metadata.ts'

/** What is known of a trained source network. */
export interface SourceFacts {
  readonly normalisation: Normalisation
  /** On the source's own test data. */
  readonly accuracy: number
  /** Without the head. */
  readonly parameters: number
  /** What its training took, whenever that was. */
  readonly seconds: number
}

/** A trained source network on disk. */
export interface SourceFile extends SourceFacts {
  readonly path: string
}

/** What a source network is made from: equal values give the same bits. */
export interface SourceRecipe {
  readonly body: BodyName
  readonly epochs: number
  readonly seed: number
  readonly backend: string
}

/** What the making of a source network needs beside its recipe. */
export interface SourceOptions {
  /** Where source networks are kept from run to run. */
  readonly folder: string
  readonly signal: AbortSignal
  readonly onStep: (done: number, total: number) => void
  readonly warn: (text: string) => void
}

const factsDecoder: Decoder<SourceFacts> = struct({
  normalisation: normalisationDecoder,
  accuracy: number({ min: 0, max: 1 }),
  parameters: integer({ min: 0 }),
  seconds: number({ min: 0 }),
})

/** Raised when the training below changes, so that networks of earlier versions are not taken for its own. */
const version = 2
const batchSize = 128
const rate = 2e-3

/** The source network of a recipe: from the cache in `folder`, else trained and put there. */
export const prepareSource = (
  recipe: SourceRecipe,
  data: TaskData,
  options: SourceOptions,
): TE.TaskEither<CliError, SourceFile> => {
  const { body, epochs, seed, backend } = recipe
  const digest = digestOf({ version, body, epochs, seed, backend, data: data.digest })
  const path = `${options.folder}/source-${digest}.safetensors`
  return pipe(
    TE.fromTask(cached(path, options.warn)),
    TE.flatMap((found) => (found === undefined ? trainSource(path, recipe, data, options) : TE.right(found))),
  )
}

const cached = (path: string, warn: (text: string) => void) => async (): Promise<SourceFile | undefined> => {
  const loaded = await loadParams(path)()
  if (E.isLeft(loaded)) {
    if (loaded.left.name === 'CorruptFileError') warn(`${loaded.left.message}; the source network is trained anew`)
    return undefined
  }
  disposeParams(loaded.right.params)
  const facts = readMetadata(factsDecoder, loaded.right.metadata['source'])
  return facts && { ...facts, path }
}

const trainSource = (
  path: string,
  { body, epochs, seed }: SourceRecipe,
  { train, test }: TaskData,
  { signal, onStep }: SourceOptions,
): TE.TaskEither<CliError, SourceFile> => {
  const began = performance.now()
  const steps = Math.max(1, Math.round(epochs * batchesPerEpoch(countOf(train), batchSize)))
  const model = withHead(bodyOf(body, train), headFor(train))
  const objective = { model, loss: lossOf(train), optimizer: adam(cosine({ from: rate, to: 0.02, steps })) }
  const normalisation = moments(train)
  const run = {
    data: encodeEachBatch(model, train, normalisation),
    key: foldIn(key(seed), 1),
    steps,
    batchSize,
    signal,
    onStep: (done: number) => {
      onStep(done, steps)
    },
  }
  return pipe(
    fit(objective, run)(start(objective, foldIn(key(seed), 0), train.shape)),
    TE.mapLeft(trainingError('source network')),
    TE.flatMap(({ params }) =>
      pipe(
        TE.fromTask(() => evaluate(model, params, test, normalisation)),
        TE.map(({ accuracy }): SourceFacts => ({
          normalisation,
          accuracy,
          parameters: countParams((params as readonly ParamTree[]).slice(0, -1)),
          seconds: (performance.now() - began) / 1000,
        })),
        TE.flatMap((facts) => keep(path, params, facts)),
      ),
    ),
  )
}

/** Puts a trained network into the cache. Consumes its parameters. */
const keep = (path: string, params: ParamTree, facts: SourceFacts): TE.TaskEither<RunError, SourceFile> =>
  pipe(
    saveParams(path, params, { source: JSON.stringify(facts) }),
    TE.bimap(toRunError, () => ({ ...facts, path })),
    T.tapIO(() => () => {
      disposeParams(params)
    }),
  )

/** The parameters of a source network, block by block, without the head; the caller owns them. */
export const loadSourceBlocks = (path: string): TE.TaskEither<RunError, readonly ParamTree[]> =>
  pipe(
    loadParams(path),
    TE.bimap(toRunError, ({ params }) => {
      const blocks = [...(params as readonly ParamTree[])]
      disposeParams(blocks.pop() ?? [])
      return blocks
    }),
  )
