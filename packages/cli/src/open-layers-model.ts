import { basename, dirname, resolve } from 'node:path'

import { normalisationFor, portable, RunError, toRunError, type OpenedNetwork, type OpenModel } from '@ptu/experiments'
import { cutPoints, fromLayersModel, type StoredLayersModel } from '@ptu/formats'
import { readLayersModel } from '@ptu/formats/node'
import { disposeSource, foldNormalisations, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { countParams, type Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

/** The layers that end residual blocks are called so by Keras. */
const endsBlock = /(^|_)add(_\d+)?$/i

/** The most blocks that a network without residual blocks is cut into. */
const mostBlocks = 8

/** The range that is assumed of the pixels of a Keras model where none is named. */
const usual = '-1..1'

/**
 * Opens a `model.json` of TensorFlow.js up to its last map, cut where residual blocks end, else into at most eight blocks.
 *
 * The description does not say which pixels the network expects: `-1..1` is taken, with a warning, unless a range is named.
 */
export const openLayersModel = (path: string, { input, range }: Parameters<OpenModel>[1]): ReturnType<OpenModel> =>
  pipe(
    readLayersModel(path),
    TE.mapLeft(toRunError),
    TE.flatMapEither((model) => upToLastMap(path, model, input && [...input, 3])),
    TE.flatMapTask((source) => async (): Promise<OpenedNetwork> => {
      const { blocks, shape } = source
      const params = blocks.map((block) => block.params)
      const [height = 1, width = 1, channels = 3] = shape
      const network = await portable(blocks, params, {
        shape,
        vocabulary: null,
        image: { size: [height, width], channels: channels === 1 ? 1 : 3, fit: 'crop' },
        normalisation: normalisationFor(range ?? usual),
      })
      const parameters = countParams(params)
      disposeSource(source)
      const name = basename(dirname(resolve(path)))
      return { name, title: `the tf.LayersModel ${name}`, network, parameters, warnings: warningsOf(name, range) }
    }),
  )

const warningsOf = (name: string, range: string | undefined): readonly string[] =>
  range === undefined
    ? [`${name} does not say what it expects of its pixels: ${usual} is taken; if that is wrong, name it with --range`]
    : []

interface Opened extends SourceNetwork<OpenBlock> {
  /** The shape of an example. */
  readonly shape: Shape
}

/** The part of a model that ends in its last map: classifiers give vectors after it. */
const upToLastMap = (path: string, model: StoredLayersModel, input: Shape | undefined): E.Either<RunError, Opened> => {
  const points = cutPoints(model)
  if (E.isLeft(points)) return E.left(toRunError(points.left))
  const shape = input ?? inputOf(model)
  if (shape === undefined)
    return E.left(
      new RunError(`${path} does not say the size of its images; name it with --input, for example 224x224`),
    )
  for (const until of points.right.toReversed()) {
    const opened = fromLayersModel(model, cutsBefore(points.right, until), { input: shape, until })
    if (E.isLeft(opened)) continue
    const output = opened.right.blocks.reduce<Shape>((at, block) => block.output(at), shape)
    const folded = output.length === 3 ? { ...foldNormalisations(opened.right), shape } : undefined
    disposeSource(opened.right)
    if (folded !== undefined) return E.right(folded)
  }
  return E.left(new RunError(`expected ${path} to be a network of images with a map before its classifier`))
}

const cutsBefore = (points: readonly string[], until: string): readonly string[] => {
  const before = points.slice(0, points.indexOf(until))
  const ends = before.filter((name) => endsBlock.test(name))
  if (ends.length > 1) return ends
  const step = Math.max(1, Math.ceil(before.length / mostBlocks))
  return before.filter((_, i) => i % step === step - 1)
}

/** The shape of the images that a model was made for, where its description says it. */
const inputOf = ({ topology }: StoredLayersModel): Shape | undefined => {
  const found = /"batch_?(?:input_)?shape":\s*\[\s*null\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]/.exec(
    JSON.stringify(topology),
  )
  return found === null ? undefined : found.slice(1, 4).map(Number)
}
