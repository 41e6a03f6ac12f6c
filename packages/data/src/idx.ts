import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { sizeOf, type Dataset } from './dataset.ts'
import { DataError } from './errors.ts'
import { readWhole, storedIdx, type Idx, type StoredIdx } from './stored-idx.ts'
import { chosenPlaces } from './subset.ts'

/** The labels that an IDX pair may hold, and those that are kept. */
export interface IdxOptions {
  /** The name of each label; a label without one is an error. Unless given, the labels name themselves. */
  readonly names?: readonly string[]
  /** The labels to keep, relabelled 0, 1, … in this order; all unless given. */
  readonly classes?: readonly number[]
}

/**
 * Reads images and their labels from two IDX files, gzip or not.
 *
 * Images of three axes `[count, height, width]` have the shape `[height, width, 1]`; further axes are kept as they are.
 * Left if a file is cut short, states a wrong size or is of the wrong kind, or if the two do not belong together.
 *
 * @example
 * ```ts
 * const digits = await readIdx('train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz')()
 * ```
 */
export const readIdx = (
  imagesPath: string,
  labelsPath: string,
  options: IdxOptions = {},
): TE.TaskEither<DataError, Dataset> =>
  pipe(
    storedIdx(imagesPath),
    TE.bindTo('images'),
    TE.bind('labels', () => readWhole(labelsPath)),
    TE.bind('paired', ({ images, labels }) =>
      pipe(
        TE.fromEither(pair(images, labels, options)),
        TE.mapLeft(({ message }) => new DataError(`cannot use ${imagesPath} with ${labelsPath}: ${message}`)),
      ),
    ),
    TE.bind('features', ({ images, paired: { places } }) => images.entries(places)),
    TE.map(({ features, paired: { shape, labels, classes } }) => ({ shape, features, labels, classes })),
  )

/** The labels and shapes of a pair of files, before the images are read. */
interface Paired extends Pick<Dataset, 'shape' | 'labels' | 'classes'> {
  /** The places of the images that are kept, ascending; undefined for all. */
  readonly places: readonly number[] | undefined
}

const pair = (images: StoredIdx, labels: Idx, { names, classes }: IdxOptions): E.Either<DataError, Paired> => {
  const [, ...shape] = images.dims
  const known = names ?? Array.from({ length: highest(labels.data) + 1 }, (_, label) => String(label))
  const problem = mismatch(images, labels) ?? strayLabel(labels.data, known.length)
  if (problem !== undefined) return E.left(new DataError(problem))
  const all = {
    shape: shape.length === 2 ? [...shape, 1] : shape,
    labels: Int32Array.from(labels.data),
    classes: known,
  }
  return classes === undefined
    ? E.right({ ...all, places: undefined })
    : pipe(
        chosenPlaces(all, classes),
        E.map((chosen) => ({ ...all, ...chosen })),
      )
}

/** The reason why two files are not images and their labels, or undefined. */
const mismatch = (images: StoredIdx, labels: Idx): string | undefined => {
  const [count = 0, ...shape] = images.dims
  if (shape.length === 0)
    return `expected images of at least two axes, got a list of ${String(count)}; give the images first, then the labels`
  if (labels.dims.length !== 1)
    return `expected labels of one axis, got ${labels.dims.join(' × ')}; give the images first, then the labels`
  if (count !== labels.data.length) return `there are ${String(count)} images and ${String(labels.data.length)} labels`
  return sizeOf(images.dims) === 0 ? `there is nothing in it: ${images.dims.join(' × ')}` : undefined
}

const strayLabel = (labels: Uint8Array, classes: number): string | undefined => {
  const stray = labels.findIndex((label) => label >= classes)
  return stray < 0
    ? undefined
    : `label ${String(stray)} is ${String(labels[stray])}, expected at most ${String(classes - 1)}`
}

const highest = (labels: Uint8Array): number => labels.reduce((most, label) => Math.max(most, label), 0)
