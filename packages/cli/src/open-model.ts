import { basename, dirname, resolve } from 'node:path'
import { stat } from 'node:fs/promises'

import type { ImageRule } from '@ptu/data'
import {
  decodeModel,
  normalisationFor,
  pixelRanges,
  portable,
  printable,
  recipes,
  RunError,
  toRunError,
  UsageError,
  type ExperimentError,
  type InputRule,
  type LoadedModel,
  type OpenedNetwork,
  type OpenModel,
  type PixelRange,
  type Recipe,
} from '@ptu/experiments'
import { findModel, modelPlaces, startBackend, type Machine } from '@ptu/experiments/node'
import { disposeModel, listTensors, openModel, type ModelFile, type StoredTensor } from '@ptu/formats'
import { countParams, disposeParams, readFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { continued, partsOf } from './continued-model.ts'
import { torchFirst } from './first-normalisation.ts'
import { openLayersModel } from './open-layers-model.ts'

/** Files of models beyond 2 GiB are refused. */
const limit = 2 ** 31

/**
 * Reads a pretrained network: by the name of a recipe, from a file of PyTorch or safetensors, from the `model.json` of a
 * tf.LayersModel, or from a model that ptu made.
 *
 * Only the parameters are read here, so the plain CPU backend does.
 */
export const openModelAt =
  (cwd: string, machine: Machine): OpenModel =>
  (path, wanted) =>
    pipe(
      startBackend('cpu'),
      TE.flatMap(() => fileOf(path, cwd, machine)),
      TE.flatMap((file) => (file.endsWith('.json') ? openLayersModel(file, wanted) : openFile(file, wanted))),
    )

const openFile = (file: string, wanted: Wanted): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  pipe(
    readFile(file, limit),
    TE.mapLeft(toRunError),
    TE.flatMap((bytes) => opened({ name: basename(file), bytes, folder: dirname(file) }, wanted)),
  )

/** The file that is meant: a path that exists, else that of the recipe of this name. */
const fileOf = (path: string, cwd: string, machine: Machine): TE.TaskEither<ExperimentError, string> =>
  pipe(
    TE.fromTask(() => modelIn(resolve(cwd, path))),
    TE.flatMap((found): TE.TaskEither<ExperimentError, string> => {
      if (found !== undefined) return TE.right(found)
      const recipe = recipes.find(({ name }) => name === path)
      if (recipe !== undefined) return findModel(recipe, modelPlaces(machine, cwd))
      const names = recipes.map(({ name }) => name).join(', ')
      return TE.left(new RunError(`${path} does not exist; expected a file, the folder of a model, or one of ${names}`))
    }),
  )

/** A file as it is; of the folder of a model, the file that ptu keeps in it or, where it is not of ptu, its description. */
const modelIn = async (path: string): Promise<string | undefined> => {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() !== true) return found && path
  const own = resolve(path, 'model.safetensors')
  const isOwn = await stat(own).catch(() => undefined)
  return isOwn === undefined ? resolve(path, 'model.json') : own
}

interface NamedFile {
  readonly name: string
  readonly folder: string
  readonly bytes: Uint8Array
}

/** How a network is wanted. */
type Wanted = Parameters<OpenModel>[1]

const opened = (file: NamedFile, wanted: Wanted): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  pipe(
    decodeModel(file.bytes),
    TE.matchE(
      () => fromFormat(file, wanted),
      (model) => fromModel(file, model, wanted),
    ),
  )

/** The network of a model that ptu made, without its head; the model remembers what its inputs were. */
const fromModel = (
  { name, folder }: NamedFile,
  model: LoadedModel,
  wanted: Wanted,
): TE.TaskEither<ExperimentError, OpenedNetwork> => {
  const problem = contradiction(name, model, wanted)
  if (problem === undefined)
    return TE.fromTask(() => (wanted.earlier === true ? continued(name, folder, model) : bodyOf(name, model)))
  disposeParams(model.params)
  return TE.left(new UsageError(problem))
}

const contradiction = (
  name: string,
  { facts: { shape } }: LoadedModel,
  { input, range }: Wanted,
): string | undefined => {
  const size = shape.slice(0, 2)
  if (input !== undefined && input.join() !== size.join())
    return `--input: ${name} reads ${size.join('x')}, got ${input.join('x')}; leave --input out`
  return range === undefined ? undefined : `--range: ${name} remembers what it expects of its input; leave --range out`
}

const bodyOf = async (name: string, model: LoadedModel): Promise<OpenedNetwork> => {
  const { facts, params } = model
  const { body, own, input } = partsOf(model)
  const network = await portable(body, own, input)
  const parameters = countParams(own)
  disposeParams(params)
  const title = `${facts.method} model ${name} for ${facts.classes.map(printable).join(', ')}`
  return { name, title, network, parameters, warnings: [] }
}

const fromFormat = (file: NamedFile, { input, range }: Wanted): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  pipe(
    openModel(file, input === undefined ? {} : { input: [...input, 3] }),
    E.mapLeft(({ message }) => new RunError(`cannot open ${file.name}: ${message}`)),
    TE.fromEither,
    TE.flatMapTask((model) => async () => {
      const blocks = model.source.blocks
      const params = blocks.map((block) => block.params)
      const network = await portable(blocks, params, inputOf(model, range))
      const parameters = countParams(params)
      const recipe = recipeOf(model)
      disposeModel(model)
      return {
        name: file.name,
        title: `${model.architecture} from ${file.name}`,
        network,
        parameters,
        first: recipe === undefined || range !== undefined ? torchFirst(tensorsOf(file)) : undefined,
        warnings: warningsOf(model, range),
      }
    }),
  )

/** The tensors of a file as they are stored. */
const tensorsOf = (file: NamedFile): readonly StoredTensor[] => {
  const listed = listTensors(file)
  return E.isRight(listed) ? listed.right.tensors : []
}

/** The recipe of a network's architecture; undefined where none is known. */
const recipeOf = ({ architecture }: ModelFile): Recipe | undefined =>
  recipes.find((known) => known.format === 'pytorch' && architecture.endsWith(known.architecture))

/** The range that is assumed of networks of PyTorch without a recipe, for those of torchvision have it. */
const usual: PixelRange = 'imagenet'

/** The inputs that a network expects: those of the recipe of its architecture, at the size that it is opened for. */
const inputOf = (model: ModelFile, range: PixelRange | undefined): InputRule => {
  const recipe = recipeOf(model)
  const [height = 224, width = 224] = model.input
  const image = imageFor(recipe, [height, width])
  const known = range === undefined ? recipe?.normalisation : undefined
  return { shape: model.input, vocabulary: null, image, normalisation: known ?? normalisationFor(range ?? usual) }
}

const warningsOf = (model: ModelFile, range: PixelRange | undefined): readonly string[] =>
  range !== undefined || recipeOf(model) !== undefined
    ? []
    : [
        `no recipe says what ${model.architecture} expects of its pixels: taken to be the range ${usual} of ` +
          `torchvision's networks; if it was trained otherwise, say so with --range ${pixelRanges.join(' or ')}`,
      ]

/** The way of a recipe from images to examples, at another size: the shorter side in proportion. */
const imageFor = (recipe: Recipe | undefined, size: readonly [number, number]): ImageRule => {
  if (recipe === undefined) return { size, channels: 3, fit: 'crop' }
  const { shorter, size: own, ...rule } = recipe.image
  if (shorter === undefined) return { ...rule, size }
  return { ...rule, size, shorter: Math.max(...size, Math.round((shorter * Math.min(...size)) / Math.min(...own))) }
}
