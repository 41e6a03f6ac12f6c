import { resolve } from 'node:path'

import {
  InterruptedError,
  predictExamples,
  RunError,
  UsageError,
  type ExperimentError,
  type LoadedModel,
} from '@ptu/experiments'
import { startBackend } from '@ptu/experiments/node'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as T from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import type { Env } from '../env.ts'
import { loadModels } from '../load-model.ts'
import { examplesFor, type ExampleStream, type PredictInputs, type ReadExample } from './predict-inputs.ts'
import { answerOf } from './predict-answer.ts'
import type { Labelled } from './predict-text.ts'
import { predictingOf, type Predicting } from './predicting.ts'

/** The examples that are labelled, and by what. */
export interface PredictOptions extends PredictInputs {
  /** The folder of a model. */
  readonly model: string
  /** The number of classes that are named. */
  readonly top: number
  /** Below this probability no class is named. */
  readonly threshold: number
  /** Prints a row of a CSV table as soon as an example is labelled, and keeps nothing. */
  readonly csv: boolean
  /** A file for the CSV table instead, which is there once it is whole. */
  readonly out: string | undefined
  readonly backend: string
}

type Models = readonly [LoadedModel, ...LoadedModel[]]

/** Labels examples by a model that ptu train made; one that cannot be read does not stop the rest. */
export const predictCommand =
  (options: PredictOptions): Command =>
  (env) =>
    pipe(
      startBackend(options.backend),
      TE.flatMap(() => loadModels(resolve(env.cwd, options.model))),
      TE.flatMap((models) =>
        pipe(
          labelled(models, options, env),
          T.tapIO(() => () => {
            disposeParams(models.map(({ params }) => params))
          }),
        ),
      ),
    )

const labelled = (models: Models, options: PredictOptions, env: Env): TE.TaskEither<ExperimentError, Answer> =>
  TE.tryCatch(
    () => {
      const stream = examplesFor(models[0].facts, options.model, options, env)
      const way = predictingOf(models[0].facts, options)
      return answerOf(eachLabelled(models, stream, way, env), stream, { ...options, way }, env)
    },
    (cause) =>
      cause instanceof UsageError || cause instanceof InterruptedError ? cause : new RunError(E.toError(cause).message),
  )

/** The examples one after the other, in memory of those that are predicted together. */
const eachLabelled = async function* (
  models: Models,
  { words, examples, progress: share, together, isEndless }: ExampleStream,
  way: Predicting,
  env: Env,
): AsyncGenerator<Labelled> {
  const progress = isEndless ? undefined : env.progress(words.many)
  let done = 0
  let waiting: ReadExample[] = []
  const flushed = async (): Promise<readonly Labelled[]> => {
    const found = await labelsOf(models, waiting, way)
    done += waiting.length
    waiting = []
    const told = share(done)
    if (told) progress?.set(...told)
    return found
  }
  try {
    for await (const read of examples) {
      if (env.signal.aborted) throw new InterruptedError(`stopped after ${done} ${words.many}`)
      waiting.push(read)
      if (waiting.length >= together) yield* await flushed()
    }
    if (waiting.length > 0) yield* await flushed()
  } finally {
    progress?.stop()
  }
}

/** The answers for examples, in the order of the examples. */
const labelsOf = async (
  models: Models,
  read: readonly ReadExample[],
  { answer }: Predicting,
): Promise<readonly Labelled[]> => {
  const { classes } = models[0].facts
  const readable = read.flatMap((example) => ('features' in example ? [example.features] : []))
  const means = readable.length === 0 ? new Float32Array(0) : await outputsOf(models, readable)
  let at = 0
  return read.map((example): Labelled => {
    if ('why' in example) return { path: example.path, why: example.why }
    const from = at++ * classes.length
    return {
      path: example.path,
      ...(example.shown !== undefined && { shown: example.shown }),
      ...answer(means.subarray(from, from + classes.length)),
    }
  })
}

/** The mean of the models' probabilities or numbers, `[examples, classes]`. */
const outputsOf = async (models: Models, examples: readonly (Uint8Array | Float32Array)[]): Promise<Float32Array> => {
  const { shape, classes } = models[0].facts
  const sums = new Float32Array(examples.length * classes.length)
  const size = examples[0]?.length ?? 0
  const features =
    examples[0] instanceof Uint8Array
      ? new Uint8Array(size * examples.length)
      : new Float32Array(size * examples.length)
  examples.forEach((example, i) => {
    features.set(example, i * size)
  })
  const labels = new Int32Array(examples.length)
  for (const model of models)
    (await predictExamples(model, { shape, classes, features, labels })).forEach((p, i) => {
      sums[i] = (sums[i] ?? 0) + p / models.length
    })
  return sums
}
