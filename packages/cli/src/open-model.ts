import { basename, resolve } from 'node:path'
import { stat } from 'node:fs/promises'

import type { ImageRule } from '@ptu/data'
import {
  decodeModel,
  portable,
  recipes,
  RunError,
  toRunError,
  type ExperimentError,
  type InputRule,
  type LoadedModel,
  type OpenedNetwork,
  type OpenModel,
  type Recipe,
} from '@ptu/experiments'
import { findModel, modelPlaces, startBackend, type Machine } from '@ptu/experiments/node'
import { disposeModel, openModel, type ModelFile } from '@ptu/formats'
import { countParams, disposeParams, readFile, type ParamTree, type Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

/** Files of models beyond 2 GiB are refused. */
const limit = 2 ** 31

/**
 * Reads a pretrained network: by the name of a recipe, from a file of PyTorch or safetensors, or from a model that ptu made.
 *
 * Only the parameters are read here, so the plain CPU backend does.
 */
export const openModelAt =
  (cwd: string, machine: Machine): OpenModel =>
  (path, { input }) =>
    pipe(
      startBackend('cpu'),
      TE.flatMap(() => fileOf(path, cwd, machine)),
      TE.bindTo('file'),
      TE.bindW('bytes', ({ file }) => pipe(readFile(file, limit), TE.mapLeft(toRunError))),
      TE.flatMap(({ file, bytes }) => opened({ name: basename(file), bytes }, input)),
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

/** A file as it is; of the folder of a model, the file that ptu keeps in it. */
const modelIn = async (path: string): Promise<string | undefined> => {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return undefined
  return found.isDirectory() ? resolve(path, 'model.safetensors') : path
}

interface NamedFile {
  readonly name: string
  readonly bytes: Uint8Array
}

const opened = (file: NamedFile, input: Shape | undefined): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  pipe(
    decodeModel(file.bytes),
    TE.flatMapTask((model) => () => fromModel(file, model)),
    TE.orElse(() => fromFormat(file, input)),
  )

/** The network of a model that ptu made, without its head. */
const fromModel = async ({ name }: NamedFile, { facts, layer, params }: LoadedModel): Promise<OpenedNetwork> => {
  const layers = layer.structure.kind === 'composite' ? layer.structure.parts : [layer]
  const body = facts.blocks.map((block, i) => ({ name: block, layer: layers[i] ?? layer }))
  const own = (params as readonly ParamTree[]).slice(0, body.length)
  const { shape, vocabulary, image, normalisation } = facts
  const network = await portable(body, own, { shape, vocabulary, image, normalisation })
  const parameters = countParams(own)
  disposeParams(params)
  return { name, title: `${facts.method} model ${name} for ${facts.classes.join(', ')}`, network, parameters }
}

const fromFormat = (file: NamedFile, input: Shape | undefined): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  pipe(
    openModel(file, input === undefined ? {} : { input: [...input, 3] }),
    E.mapLeft(({ message }) => new RunError(`cannot open ${file.name}: ${message}`)),
    TE.fromEither,
    TE.flatMapTask((model) => async () => {
      const blocks = model.source.blocks
      const params = blocks.map((block) => block.params)
      const network = await portable(blocks, params, inputOf(model))
      const parameters = countParams(params)
      disposeModel(model)
      return { name: file.name, title: `${model.architecture} from ${file.name}`, network, parameters }
    }),
  )

/** The inputs that a network expects: those of the recipe of its architecture, at the size that it is opened for. */
const inputOf = ({ architecture, input }: ModelFile): InputRule => {
  const recipe = recipes.find((known) => known.format === 'pytorch' && architecture.endsWith(known.architecture))
  const [height = 224, width = 224] = input
  const image = imageFor(recipe, [height, width])
  const normalisation = recipe?.normalisation ?? { mean: 127.5, deviation: 127.5 }
  return { shape: input, vocabulary: null, image, normalisation }
}

/** The way of a recipe from images to examples, at another size: the shorter side in proportion. */
const imageFor = (recipe: Recipe | undefined, size: readonly [number, number]): ImageRule => {
  if (recipe === undefined) return { size, channels: 3, fit: 'crop' }
  const { shorter, size: own, ...rule } = recipe.image
  if (shorter === undefined) return { ...rule, size }
  return { ...rule, size, shorter: Math.max(...size, Math.round((shorter * Math.min(...size)) / Math.min(...own))) }
}
