import { dirname, resolve } from 'node:path'
import { stat } from 'node:fs/promises'

import { suggestion } from '@ptu/config'
import {
  decodeModel,
  printable,
  recipes,
  RunError,
  UsageError,
  type Cuts,
  type ExperimentError,
  type LoadedModel,
  type OpenedNetwork,
  type OpenModel,
  type OpenOptions,
} from '@ptu/experiments'
import { findModel, modelPlaces, startBackend, type Machine } from '@ptu/experiments/node'
import { listTensors, type NamedBytes } from '@ptu/formats'
import { isHuggingFaceFolder } from '@ptu/formats/node'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { continued, partsOf } from './continued-model.ts'
import { describedIn } from './described-in.ts'
import { matching } from './matching-files.ts'
import { networkOfPieces } from './network-of-pieces.ts'
import { isChars2vec, openChars2vecFolder } from './open-chars2vec.ts'
import { openHuggingFaceFolder } from './open-hugging-face.ts'
import { openLayersModel, openStored } from './open-layers-model.ts'
import { isNsfwjs, openNsfwjs } from './open-nsfwjs.ts'
import { openWeights } from './open-weights.ts'
import { readForeign } from './read-foreign.ts'
import { trainedOn } from './trained-on.ts'

/**
 * Reads a pretrained network: by the name of a recipe, from a file of PyTorch, safetensors, Keras or ONNX, from the
 * `model.json` of a tf.LayersModel, or from a model that ptu made.
 *
 * Only the parameters are read here, so the plain CPU backend does.
 */
export const openModelAt =
  (cwd: string, machine: Machine): OpenModel =>
  (path, wanted) =>
    pipe(
      startBackend('cpu'),
      TE.flatMap(() => fileOf(path, cwd, machine)),
      TE.bindTo('file'),
      TE.bind('isFolder', ({ file }) => TE.fromTask(() => isHuggingFaceFolder(file))),
      TE.bind('folder', ({ file }) => TE.fromTask(() => isChars2vec(file))),
      TE.flatMap(({ file, isFolder, folder }) => {
        if (folder !== undefined) return openChars2vecFolder(folder, wanted)
        if (isFolder) return openHuggingFaceFolder(file, wanted)
        if (file.endsWith('.json')) return openLayersModel(file, wanted)
        return isNsfwjs(file) ? openNsfwjs(file, wanted) : openFile(file, wanted)
      }),
    )

const openFile = (file: string, wanted: OpenOptions): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  pipe(
    readForeign(file),
    TE.tap(({ bytes }) => matching(file, bytes)),
    TE.flatMap((found) => opened({ ...found, folder: dirname(file) }, wanted)),
  )

/** Finds the file that is meant: a path that exists, else the file of the recipe of this name. */
const fileOf = (path: string, cwd: string, machine: Machine): TE.TaskEither<ExperimentError, string> =>
  pipe(
    TE.fromTask(() => modelIn(resolve(cwd, path))),
    TE.flatMap((found): TE.TaskEither<ExperimentError, string> => {
      if (found !== undefined) return TE.right(found)
      const recipe = recipes.find(({ name }) => name === path)
      if (recipe !== undefined)
        return pipe(
          findModel(recipe, modelPlaces(machine, cwd)),
          TE.map((file) => (recipe.beside === undefined ? file : dirname(file))),
        )
      const names = recipes.map(({ name }) => name)
      return TE.left(
        new RunError(
          `${path} does not exist; expected a file, the folder of a model, or one of ${names.join(', ')}${suggestion(path, names)}`,
        ),
      )
    }),
  )

/**
 * Finds the file of a model: a file stays as it is, and so does a folder of Hugging Face; in another folder it is the file that ptu keeps there, else the
 * description.
 */
const modelIn = async (path: string): Promise<string | undefined> => {
  if ((await isHuggingFaceFolder(path)) || (await isChars2vec(path)) !== undefined) return path
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() !== true) return found && path
  const own = resolve(path, 'model.safetensors')
  const isOwn = await stat(own).catch(() => undefined)
  return isOwn === undefined ? resolve(path, 'model.json') : own
}

interface FileInFolder extends NamedBytes {
  readonly folder: string
}

const opened = (file: FileInFolder, wanted: OpenOptions): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  pipe(
    decodeModel(file.bytes),
    TE.matchE(
      () => openForeign(file, wanted),
      (model) => fromModel(file, model, wanted),
    ),
  )

/** The network of a file of another library: a model with its description, or weights. */
const openForeign = (file: FileInFolder, wanted: OpenOptions): TE.TaskEither<ExperimentError, OpenedNetwork> => {
  const { name } = file
  return pipe(
    listTensors(file),
    E.mapLeft(({ message }) => new RunError(`cannot open ${name}: ${message}`)),
    TE.fromEither,
    TE.flatMap((listed) => {
      const found = describedIn(listed)
      if (found === undefined) return openWeights(name, listed, wanted)
      const title = `${found.title} from ${name}`
      return openStored(found.model, { name, title, path: name, usual: found.usual }, wanted)
    }),
  )
}

/** The network of a model that ptu made, without its head; the model remembers its form of inputs. */
const fromModel = (
  { name, folder }: FileInFolder,
  model: LoadedModel,
  wanted: OpenOptions,
): TE.TaskEither<ExperimentError, OpenedNetwork> => {
  const problem = contradiction(name, model, wanted)
  if (problem === undefined)
    return wanted.earlier === true
      ? continued(name, folder, model)
      : pipe(
          bodyOf(name, model, wanted),
          TE.flatMap((network) =>
            pipe(
              trainedOn(folder),
              TE.map((known) => ({ ...network, trainedOn: known })),
            ),
          ),
        )
  disposeParams(model.params)
  return TE.left(new UsageError(problem))
}

const contradiction = (
  name: string,
  { facts: { shape } }: LoadedModel,
  { input, range, body, cut, until, earlier }: OpenOptions,
): string | undefined => {
  const size = shape.slice(0, 2)
  if (body !== undefined) return `--body: ${name} describes its own layers; leave --body out`
  if (earlier === true && (cut ?? until) !== undefined)
    return `--cut, --until: a training goes on with the blocks of ${name}; leave them out, or add --forget`
  if (input !== undefined && input.join() !== size.join())
    return `--input: ${name} reads ${size.join('x')}, got ${input.join('x')}; leave --input out`
  return range === undefined ? undefined : `--range: ${name} remembers what it expects of its input; leave --range out`
}

const bodyOf = (name: string, model: LoadedModel, cuts: Cuts): TE.TaskEither<ExperimentError, OpenedNetwork> => {
  const { facts, params } = model
  const { body, own, input } = partsOf(model)
  const pieces = body.map((block, i) => ({ ...block, params: own[i] ?? [] }))
  const title = `${facts.method} model ${name} for ${facts.classes.map(printable).join(', ')}`
  const opened = networkOfPieces({ name, title, pieces, input, warnings: [] }, cuts, () => {
    disposeParams(params)
  })
  return pipe(
    opened,
    TE.map((network) => ({ ...network, table: facts.table })),
  )
}
