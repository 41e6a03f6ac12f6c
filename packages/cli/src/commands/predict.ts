import { resolve } from 'node:path'

import type { Json } from '@ptu/core'
import { eachImage, type ImageRule } from '@ptu/data'
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
import { fromStdin, pathsOf } from './predict-paths.ts'
import { csvHead, csvRow, labelsText, type Labelled } from './predict-text.ts'

/** The images that are labelled, and by what. */
export interface PredictOptions {
  /** The folder of a model. */
  readonly model: string
  /** Files, folders, patterns, and `-` for a list on the standard input. */
  readonly inputs: readonly string[]
  /** How many classes are named. */
  readonly top: number
  /** Below this probability no class is named. */
  readonly threshold: number
  /** Prints a row of a CSV table as soon as an image is labelled, and keeps nothing. */
  readonly csv: boolean
  readonly backend: string
}

type Models = readonly [LoadedModel, ...LoadedModel[]]

/** Labels images by a model that ptu train made; a file that cannot be read does not stop the rest. */
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

const labelled = (models: Models, options: PredictOptions, env: Env): TE.TaskEither<ExperimentError, Answer> => {
  const { image } = models[0].facts
  if (image === null)
    return TE.left(
      new UsageError(`expected a model of images, ${options.model} has other inputs; test it with ptu evaluate`),
    )
  return TE.tryCatch(
    () => answered(eachLabelled(models, image, options, env), options, env),
    (cause) =>
      cause instanceof UsageError || cause instanceof InterruptedError ? cause : new RunError(E.toError(cause).message),
  )
}

/** The images one after the other, in memory of one. */
const eachLabelled = async function* (
  models: Models,
  image: ImageRule,
  { inputs, top }: PredictOptions,
  env: Env,
): AsyncGenerator<Labelled> {
  const place = { cwd: env.cwd, lines: env.lines ?? nothing }
  // A list that is still being written has no end to tell the progress by.
  const isList = !inputs.includes(fromStdin)
  const paths = isList ? await collected(pathsOf(inputs, place)) : pathsOf(inputs, place)
  const progress = isList ? env.progress('images') : undefined
  let done = 0
  try {
    for await (const read of eachImage(paths, image)) {
      if (env.signal.aborted) throw new InterruptedError(`stopped after ${done} images`)
      yield 'why' in read
        ? { path: read.path, why: read.why }
        : { path: read.path, classes: (await classesOf(models, read.pixels)).slice(0, top) }
      done += 1
      progress?.set(done, Array.isArray(paths) ? paths.length : done)
    }
  } finally {
    progress?.stop()
  }
}

const nothing = async function* (): AsyncGenerator<string> {
  // Where there is no standard input there are no lines.
}

const collected = async <A>(values: AsyncIterable<A>): Promise<readonly A[]> => {
  const found: A[] = []
  for await (const value of values) found.push(value)
  return found
}

const classesOf = async (
  models: Models,
  pixels: Uint8Array,
): Promise<readonly { readonly name: string; readonly probability: number }[]> => {
  const { shape, classes } = models[0].facts
  const sums = new Float32Array(classes.length)
  for (const model of models) {
    const found = await predictExamples(model, { shape, classes, features: pixels, labels: Int32Array.of(0) })
    found.forEach((p, i) => {
      sums[i] = (sums[i] ?? 0) + p / models.length
    })
  }
  return classes
    .map((name, i) => ({ name, probability: sums[i] ?? 0 }))
    .toSorted((a, b) => b.probability - a.probability)
}

/** The answer; the exit code says whether any image could be read. */
const answered = async (
  images: AsyncIterable<Labelled>,
  { threshold, csv }: PredictOptions,
  env: Env,
): Promise<Answer> => {
  const kept: Labelled[] = []
  const counts = { read: 0, unreadable: 0 }
  for await (const image of images) {
    if (csv) env.stdout(`${counts.read + counts.unreadable === 0 ? csvHead : ''}${csvRow(image, threshold)}`)
    else kept.push(image)
    counts[image.why === undefined ? 'read' : 'unreadable'] += 1
  }
  const count = counts.read + counts.unreadable
  if (count === 0) throw new UsageError('expected files or folders of images, got none')
  if (csv && counts.unreadable > 0) env.stderr(`${counts.unreadable} of ${count} files could not be read\n`)
  return {
    text: csv ? '' : labelsText(kept, threshold),
    json: { images: kept as unknown as Json, unreadable: counts.unreadable },
    code: counts.read === 0 ? 1 : 0,
  }
}
