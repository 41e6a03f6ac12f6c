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
import { disposeModel, openModel, type ModelFile, type NamedBytes, type OpenOptions } from '@ptu/formats'
import { readModel } from '@ptu/formats/node'
import { countParams, disposeParams, type ParamTree } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type * as T from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { readForeign } from './read-foreign.ts'

/**
 * Reads a pretrained network: by the name of a recipe, from a file of PyTorch, safetensors or Keras, from the `model.json`
 * of a tf.LayersModel, or from a model that ptu made.
 *
 * Only the parameters are read here, so the plain CPU backend does.
 */
export const openModelAt =
  (cwd: string, machine: Machine): OpenModel =>
  (path, { input, range }) =>
    pipe(
      startBackend('cpu'),
      TE.flatMap(() => fileOf(path, cwd, machine)),
      TE.flatMap((file) =>
        file.endsWith('.json') ? openLayersModel(file, { input, range }) : openFile(file, { input, range }),
      ),
    )

const openFile = (file: string, wanted: Wanted): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  pipe(
    readForeign(file),
    TE.flatMap((found) => opened(found, wanted)),
  )

/** The network of a tf.LayersModel, which is called as its folder is. */
const openLayersModel = (file: string, wanted: Wanted): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  pipe(
    readModel(file, optionsOf(wanted)),
    TE.mapLeft(({ message }) => new RunError(`cannot open ${file}: ${message}`)),
    TE.flatMapTask((model) => networkOf(basename(dirname(resolve(file))), model, wanted.range)),
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

/** How a network is wanted. */
type Wanted = Parameters<OpenModel>[1]

const opened = (file: NamedBytes, wanted: Wanted): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  pipe(
    decodeModel(file.bytes),
    TE.matchE(
      () => fromFormat(file, wanted),
      (model) => fromModel(file, model, wanted),
    ),
  )

/** The network of a model that ptu made, without its head; the model remembers what its inputs were. */
const fromModel = (
  { name }: NamedBytes,
  model: LoadedModel,
  wanted: Wanted,
): TE.TaskEither<ExperimentError, OpenedNetwork> => {
  const problem = contradiction(name, model, wanted)
  if (problem === undefined) return TE.fromTask(() => bodyOf(name, model))
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

const bodyOf = async (name: string, { facts, layer, params }: LoadedModel): Promise<OpenedNetwork> => {
  const layers = layer.structure.kind === 'composite' ? layer.structure.parts : [layer]
  const body = facts.blocks.map((block, i) => ({ name: block, layer: layers[i] ?? layer }))
  const own = (params as readonly ParamTree[]).slice(0, body.length)
  const { shape, vocabulary, image, normalisation } = facts
  const network = await portable(body, own, { shape, vocabulary, image, normalisation })
  const parameters = countParams(own)
  disposeParams(params)
  const title = `${facts.method} model ${name} for ${facts.classes.map(printable).join(', ')}`
  return { name, title, network, parameters, warnings: [] }
}

const fromFormat = (file: NamedBytes, wanted: Wanted): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  pipe(
    openModel(file, optionsOf(wanted)),
    E.mapLeft(({ message }) => new RunError(`cannot open ${file.name}: ${message}`)),
    TE.fromEither,
    TE.flatMapTask((model) => networkOf(file.name, model, wanted.range)),
  )

const optionsOf = ({ input }: Wanted): OpenOptions => (input === undefined ? {} : { input: [...input, 3] })

/** A network that a run can use; frees the model. */
const networkOf =
  (name: string, model: ModelFile, range: PixelRange | undefined): T.Task<OpenedNetwork> =>
  async () => {
    const blocks = model.source.blocks
    const params = blocks.map((block) => block.params)
    const network = await portable(blocks, params, inputOf(model, range))
    const parameters = countParams(params)
    disposeModel(model)
    const warnings = warningsOf(model, range)
    return { name, title: `${model.architecture} from ${name}`, network, parameters, warnings }
  }

/** The recipe of a network's architecture; undefined where none is known. */
const recipeOf = ({ architecture }: ModelFile): Recipe | undefined =>
  recipes.find((known) => known.format === 'pytorch' && architecture.endsWith(known.architecture))

/** The range that is assumed where nothing says it: torchvision's networks have one, those of Keras another. */
export const usualRange = ({ format }: ModelFile): PixelRange =>
  format.startsWith('Keras') || format === 'tf.LayersModel' ? '-1..1' : 'imagenet'

/** The inputs that a network expects: those of the recipe of its architecture, at the size that it is opened for. */
const inputOf = (model: ModelFile, range: PixelRange | undefined): InputRule => {
  const recipe = recipeOf(model)
  const [height = 224, width = 224, channels = 3] = model.input
  const image = imageFor(recipe, [height, width])
  const known = range === undefined ? recipe?.normalisation : undefined
  const normalisation = known ?? normalisationFor(range ?? model.pixels ?? usualRange(model))
  return { shape: model.input, vocabulary: null, image: channels === 1 ? { ...image, channels } : image, normalisation }
}

const warningsOf = (model: ModelFile, range: PixelRange | undefined): readonly string[] =>
  (range ?? model.pixels ?? recipeOf(model)) !== undefined
    ? []
    : [
        `nothing says what ${model.architecture} expects of its pixels: taken to be the range ${usualRange(model)}; ` +
          `if it was trained otherwise, say so with --range ${pixelRanges.join(' or ')}`,
      ]

/** The way of a recipe from images to examples, at another size: the shorter side in proportion. */
const imageFor = (recipe: Recipe | undefined, size: readonly [number, number]): ImageRule => {
  if (recipe === undefined) return { size, channels: 3, fit: 'crop' }
  const { shorter, size: own, ...rule } = recipe.image
  if (shorter === undefined) return { ...rule, size }
  return { ...rule, size, shorter: Math.max(...size, Math.round((shorter * Math.min(...size)) / Math.min(...own))) }
}
