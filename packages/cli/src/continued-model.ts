import { join } from 'node:path'

import {
  decodeKept,
  openNetwork,
  portable,
  printable,
  RunError,
  toRunError,
  type InputRule,
  type KeptExamples,
  type LoadedModel,
  type OpenedNetwork,
} from '@ptu/experiments'
import type { NamedLayer } from '@ptu/networks'
import { countParams, disposeParams, readFile, type ParamTree } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { isFile } from './load-model.ts'

/** The file of a model's folder that holds the examples of its training. */
export const keptName = 'examples.safetensors'

/** Files of examples beyond 1 GiB are refused. */
const limit = 2 ** 30

/** The blocks of a model before its head, and what it expects of its input. */
export interface ModelParts {
  readonly body: readonly NamedLayer[]
  /** One tree for each block; owned by the model. */
  readonly own: readonly ParamTree[]
  readonly input: InputRule
}

/** Takes the blocks before the head out of a model that ptu made. */
export const partsOf = ({ facts, layer, params }: LoadedModel): ModelParts => {
  const layers = layer.structure.kind === 'composite' ? layer.structure.parts : [layer]
  const body = facts.blocks.map((name, i) => ({ name, layer: layers[i] ?? layer }))
  const { shape, vocabulary, image, normalisation, encoding, origin } = facts
  return {
    body,
    own: (params as readonly ParamTree[]).slice(0, body.length),
    // Other texts are numbered as those were that the model was trained on.
    input: {
      shape,
      vocabulary,
      image,
      normalisation,
      ...(origin && { origin }),
      ...(encoding?.kind === 'tokens' && { encoding }),
    },
  }
}

/**
 * The network of a model as it was before its training, with the examples of that training: old classes are learnt again
 * together with new ones, and no held-out example was seen by the network before.
 *
 * The network as the training left it, with a warning, if the examples were not kept. A Left where their file is damaged or
 * belongs to another model. Consumes the model.
 */
export const continued =
  (name: string, folder: string, model: LoadedModel): TE.TaskEither<RunError, OpenedNetwork> =>
  async () => {
    const { facts, params } = model
    const parts = partsOf(model)
    const kept = await keptIn(folder, parts)
    const isMissing = E.isLeft(kept) && kept.left instanceof NotKeptError
    if (E.isLeft(kept) && !isMissing) {
      disposeParams(params)
      return E.left(new RunError(`${name}: ${kept.left.message}; ${remedy}`))
    }
    const network = E.isRight(kept)
      ? await before(parts, kept.right)
      : await portable(parts.body, parts.own, parts.input)
    const parameters = countParams(parts.own)
    disposeParams(params)
    const title = `${facts.method} model ${name} for ${facts.classes.map(printable).join(', ')}`
    const opened = { name, title, network, parameters, warnings: [] }
    if (E.isRight(kept)) return E.right({ ...opened, earlier: kept.right })
    const warning = `${name}: ${kept.left.message}; its classes ${facts.classes.map(printable).join(', ')} are forgotten`
    return E.right({ ...opened, warnings: [warning] })
  }

const remedy = 'bring the folder back as it was written, or train on the new images alone with --forget'

/** The examples of a training are not in the folder of its model. */
class NotKeptError extends RunError {}

/** The examples that a folder holds, checked against the frozen blocks of the model. */
export const keptIn = async (
  folder: string,
  { body, own, input }: ModelParts,
): Promise<E.Either<RunError, KeptExamples>> => {
  const path = join(folder, keptName)
  if (!(await isFile(path)))
    return E.left(new NotKeptError(`the examples that it was trained on were not kept (${keptName})`))
  const kept = await pipe(readFile(path, limit), TE.mapLeft(toRunError), TE.flatMap(decodeKept))()
  if (E.isLeft(kept)) return E.left(new RunError(`cannot use ${keptName}: ${kept.left.message}`))
  const { cut, prefix } = kept.right
  const frozen = await portable(body.slice(0, cut), own.slice(0, cut), input)
  return frozen.digest === prefix
    ? kept
    : E.left(new RunError(`${keptName} belongs to another model: its frozen blocks are others`))
}

/** The frozen blocks of a model, then the others as they were before the training. */
const before = async (
  { body, own, input }: ModelParts,
  { cut, rest }: KeptExamples,
): Promise<OpenedNetwork['network']> => {
  const source = await openNetwork(rest)()
  if (E.isLeft(source)) throw source.left // it was checked when it was read
  const { blocks } = source.right
  const network = await portable(
    [...body.slice(0, cut), ...blocks],
    [...own.slice(0, cut), ...blocks.map(({ params }) => params)],
    input,
  )
  disposeParams(blocks.map(({ params }) => params))
  return network
}
