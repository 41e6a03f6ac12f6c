import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import type { Json } from '@ptu/core'
import { eachImage, type ImageRule } from '@ptu/data'
import {
  predictExamples,
  printable,
  RunError,
  UsageError,
  type ExperimentError,
  type LoadedModel,
} from '@ptu/experiments'
import { startBackend } from '@ptu/experiments/node'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import type { Env } from '../env.ts'
import { percent } from '../format.ts'
import { loadModel } from '../load-model.ts'
import { table } from '../table.ts'

/** The images that are labelled, and by what. */
export interface PredictOptions {
  /** The folder of a model. */
  readonly model: string
  /** Files and folders. */
  readonly inputs: readonly string[]
  readonly top: number
  /** Below this probability no class is named. */
  readonly threshold: number
  readonly csv: boolean
  readonly backend: string
}

/** The classes of an image, most probable first, or why it has none. */
interface Labelled {
  readonly path: string
  readonly classes?: readonly { readonly name: string; readonly probability: number }[]
  readonly why?: string
}

/** Labels images by a model that ptu train made; a file that cannot be read does not stop the rest. */
export const predictCommand =
  (options: PredictOptions): Command =>
  (env) =>
    pipe(
      startBackend(options.backend),
      TE.flatMap(() => modelsIn(resolve(env.cwd, options.model))),
      TE.bindTo('models'),
      TE.bindW('paths', () => filesOf(options.inputs, env.cwd)),
      TE.flatMap(({ models, paths }) =>
        pipe(labelled(models, paths, options, env), (task) => async () => {
          const found = await task()
          disposeParams(models.map(({ params }) => params))
          return found
        }),
      ),
      TE.map((found) => answerOf(found, options)),
    )

/** The model of a folder; where it ships a probe beside the network, both. */
const modelsIn = (path: string): TE.TaskEither<ExperimentError, readonly LoadedModel[]> =>
  pipe(
    TE.fromTask(async () => {
      const found = await stat(path).catch(() => undefined)
      if (found?.isDirectory() !== true) return [path]
      const probe = join(path, 'probe.safetensors')
      const hasProbe = await stat(probe).catch(() => undefined)
      return [join(path, 'model.safetensors'), ...(hasProbe ? [probe] : [])]
    }),
    TE.flatMap(TE.traverseSeqArray(loadModel)),
  )

/** Files as they are named; of folders all that lies in them, in the order of names. */
const filesOf = (inputs: readonly string[], cwd: string): TE.TaskEither<ExperimentError, readonly string[]> =>
  TE.tryCatch(
    async () => {
      const lists = await Promise.all(inputs.map((input) => filesAt(resolve(cwd, input))))
      return lists.flat()
    },
    (cause) => new RunError(E.toError(cause).message),
  )

const filesAt = async (path: string): Promise<readonly string[]> => {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() !== true) return [path]
  const entries = await readdir(path, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

const labelled = (
  models: readonly LoadedModel[],
  paths: readonly string[],
  options: PredictOptions,
  env: Env,
): TE.TaskEither<ExperimentError, readonly Labelled[]> => {
  const image = models[0]?.facts.image ?? null
  if (image === null)
    return TE.left(
      new UsageError(`expected a model of images, ${options.model} has other inputs; test it with ptu evaluate`),
    )
  if (paths.length === 0) return TE.left(new UsageError('expected files or folders of images, got none'))
  return TE.tryCatch(
    () => eachLabelled(models, image, paths, { ...options, tell: env.progress('images') }),
    (cause) => new RunError(E.toError(cause).message),
  )
}

const eachLabelled = async (
  models: readonly LoadedModel[],
  image: ImageRule,
  paths: readonly string[],
  { top, tell }: PredictOptions & { readonly tell: ReturnType<Env['progress']> },
): Promise<readonly Labelled[]> => {
  const found: Labelled[] = []
  try {
    for await (const read of eachImage(paths, image)) {
      found.push(
        'why' in read ? read : { path: read.path, classes: (await classesOf(models, read.pixels)).slice(0, top) },
      )
      tell.set(found.length, paths.length)
    }
  } finally {
    tell.stop()
  }
  return found
}

const classesOf = async (
  models: readonly LoadedModel[],
  pixels: Uint8Array,
): Promise<readonly { readonly name: string; readonly probability: number }[]> => {
  const [first] = models as readonly [LoadedModel]
  const { shape, classes } = first.facts
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

const answerOf = (found: readonly Labelled[], { threshold, csv }: PredictOptions): Answer => {
  const unread = found.filter(({ why }) => why !== undefined)
  return {
    text: csv ? csvOf(found, threshold) : textOf(found, threshold, unread),
    json: { images: found as unknown as Json, unreadable: unread.length },
  }
}

/** The class of an image; none where it is less probable than the threshold. */
const nameOf = ({ classes = [] }: Labelled, threshold: number): string => {
  const [first] = classes
  return first !== undefined && first.probability >= threshold ? first.name : ''
}

const textOf = (found: readonly Labelled[], threshold: number, unread: readonly Labelled[]): string =>
  [
    table(
      ['image', 'class', 'probability %', 'next'],
      found
        .filter(({ classes }) => classes !== undefined)
        .map((one) => {
          const [first, ...others] = one.classes ?? []
          return [
            printable(one.path),
            printable(nameOf(one, threshold)) || '(not sure)',
            percent(first?.probability ?? 0),
            others.map(({ name, probability }) => `${printable(name)} ${percent(probability)}`).join(', '),
          ]
        }),
    ),
    ...unread.map(({ path, why }) => `not read: ${printable(path)}: ${printable(why ?? '')}`),
  ].join('\n')

const csvOf = (found: readonly Labelled[], threshold: number): string =>
  [
    'path,class,probability,error',
    ...found.map((one) =>
      [one.path, nameOf(one, threshold), one.classes?.[0]?.probability.toFixed(6) ?? '', one.why ?? '']
        .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
        .join(','),
    ),
  ].join('\n')
