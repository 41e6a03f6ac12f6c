import { basename, dirname, resolve } from 'node:path'

import type { ImageRule } from '@ptu/data'
import {
  cutPlaces,
  portable,
  type RunError,
  toRunError,
  UsageError,
  type Cuts,
  type ExperimentError,
  type OpenedNetwork,
  type OpenModel,
  type OpenOptions,
  type PixelRange,
} from '@ptu/experiments'
import {
  bodyOfLayersModel,
  fromLayersModel,
  scalesPixels,
  type DescribedModel,
  type StoredLayersModel,
} from '@ptu/formats'
import { readLayersModel } from '@ptu/formats/node'
import { disposeSource, foldNormalisations, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { countParams, type Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { keptFirst } from './first-normalisation.ts'
import { foreignInput, usualRanges } from './foreign-input.ts'
import { lastPoint, pointsIn, refusal, usualCuts, type LastPoint } from './layers-model-points.ts'

/**
 * Opens a `model.json` of TensorFlow.js, which is called as its folder is.
 *
 * See {@link openStored}.
 */
export const openLayersModel: OpenModel = (path, wanted) => {
  const name = basename(dirname(resolve(path)))
  return pipe(
    readLayersModel(path),
    TE.mapLeft((error): ExperimentError => toRunError(error)),
    TE.flatMap((model) => openStored(model, { name, title: `the tf.LayersModel ${name}`, path }, wanted)),
  )
}

/** The names of a model for people: short, in a sentence, and on the command line. */
interface Named {
  readonly name: string
  readonly title: string
  readonly path: string
  /** The range of pixels that is assumed; default that of Keras's networks. */
  readonly usual?: PixelRange
  /** The way to bring an image to the size that the network sees (`crop`). */
  readonly fit?: ImageRule['fit']
}

/**
 * Opens a model of Keras, TensorFlow.js or ONNX up to its last map, or, for a network of vectors, up to its classifier. It is cut
 * where paths meet, which is where residual blocks end, else into at most eight blocks.
 *
 * A description does not say which pixels the network expects, unless the network scales them itself: the usual range is
 * taken, with a warning, if none is named.
 */
export const openStored = (
  model: StoredLayersModel | DescribedModel,
  named: Named,
  { input, range, cut, until, body }: OpenOptions,
): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  body === undefined
    ? pipe(
        TE.fromEither(partOf(named.path, model, { input: input && [...input, 3], cut, until })),
        TE.flatMap((source) => async () => {
          const made = await networkOf(named, source, range)()
          disposeSource(source)
          return pipe(
            made,
            E.map((network) => ('topology' in model ? { ...network, first: keptFirst(model.weights) } : network)),
          )
        }),
      )
    : TE.left(new UsageError(`--body: ${named.path} describes its own layers; leave --body out`))

const networkOf = (
  { name, title, usual = usualRanges.keras, fit = 'crop' }: Named,
  { blocks, shape, refused }: Opened,
  range: PixelRange | undefined,
): TE.TaskEither<ExperimentError, OpenedNetwork> => {
  const isScaling = scalesPixels(blocks[0]?.layer)
  const known = range ?? (isScaling ? '0..255' : undefined)
  return pipe(
    TE.fromEither(foreignInput(name, { shape, range: known, usual, fit: { fit } })),
    TE.mapLeft((error): ExperimentError => error),
    TE.flatMapTask(({ input, warnings }) => async () => {
      const params = blocks.map((block) => block.params)
      const network = await portable(blocks, params, input)
      const cutShort = refused === undefined ? [] : [refusal(name, blocks.at(-1)?.name ?? '', refused)]
      return {
        name,
        title,
        network,
        parameters: countParams(params),
        warnings: [...cutShort, ...warnings],
        scalesPixels: isScaling,
      }
    }),
  )
}

interface Opened extends SourceNetwork<OpenBlock> {
  /** The shape of an example. */
  readonly shape: Shape
  readonly refused: LastPoint['refused']
}

/** The wanted part of a model. */
interface WantedPart extends Cuts {
  readonly input: Shape | undefined
}

/** The part of a model that is asked for, or the one before its classifier. */
const partOf = (
  path: string,
  model: StoredLayersModel | DescribedModel,
  { input, cut, until }: WantedPart,
): E.Either<ExperimentError, Opened> =>
  pipe(
    pointsIn(path, model, input),
    E.flatMap(({ points, shape }) =>
      pipe(
        until === undefined
          ? pipe(
              lastPoint(path, model, points, shape),
              E.map(({ last, refused }) => ({ end: String(last), refused })),
            )
          : E.right({ end: until, refused: undefined }),
        E.flatMap(({ end, refused }) =>
          pipe(
            cutPlaces(points, { cut, until: end }),
            E.flatMap(({ last, ends }) => opened(model, { points: points.slice(0, last + 1), ends, shape })),
            E.map((source) => ({ ...source, refused })),
          ),
        ),
      ),
    ),
  )

interface Cutting {
  /** The cut points up to the last that is used. */
  readonly points: readonly string[]
  /** The places of the points that end a block; undefined for those that the graph shows. */
  readonly ends: readonly number[] | undefined
  readonly shape: Shape
}

const opened = (
  model: StoredLayersModel | DescribedModel,
  cutting: Cutting,
): E.Either<RunError, Omit<Opened, 'refused'>> => {
  const { points, ends, shape } = cutting
  const until = points.at(-1) ?? ''
  const options = { input: shape, until }
  return pipe(
    ends === undefined
      ? usualCuts(points, (cuts) => pipe(bodyOfLayersModel(model, cuts, options), E.mapLeft(toRunError)))
      : E.right(ends.map((place) => points[place] ?? '').filter((name) => name !== until)),
    E.flatMap((cuts) => pipe(fromLayersModel(model, cuts, options), E.mapLeft(toRunError))),
    E.map((source) => {
      const folded = foldNormalisations(source)
      disposeSource(source)
      return { ...folded, shape }
    }),
  )
}
