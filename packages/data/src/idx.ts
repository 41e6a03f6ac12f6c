import { messageOf } from '@ptu/core'
import { readFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { sizeOf, type Dataset } from './dataset.ts'
import { DataError } from './errors.ts'
import { subset } from './subset.ts'

/** Files beyond this are refused, packed or not. */
const byteLimit = 2 ** 30

/** The labels that an IDX pair may hold, and those that are kept. */
export interface IdxOptions {
  /** The name of each label; a label without one is an error. Unless given, the labels name themselves. */
  readonly names?: readonly string[]
  /** The labels to keep, relabelled 0, 1, … in this order; all unless given. */
  readonly classes?: readonly number[]
}

/** The sizes and the bytes that an IDX file of unsigned bytes holds. */
export interface Idx {
  readonly dims: readonly number[]
  readonly data: Uint8Array
}

/**
 * Reads the bytes of an IDX file: two zeros, a type, the number of axes, their sizes (big-endian), the entries.
 *
 * Only unsigned bytes (type 8) are read, which is what every published set of images holds. The sizes are checked
 * against the length of the file; `data` is a view of its bytes.
 *
 * References:
 *   LeCun, Cortes & Burges, "The MNIST database of handwritten digits", file formats, http://yann.lecun.com/exdb/mnist/
 */
export const decodeIdx = (bytes: Uint8Array): E.Either<DataError, Idx> => {
  const fail = (problem: string): E.Either<DataError, never> => E.left(new DataError(problem))
  const [zero, zeroToo, type, axes = 0] = bytes
  if (bytes.length < 4 || zero !== 0 || zeroToo !== 0)
    return fail('it is no IDX file: it does not begin with two zeros')
  if (type !== 8) return fail(`expected unsigned bytes (type 8), its type is ${String(type)}`)
  const start = 4 + 4 * axes
  if (axes === 0 || bytes.length < start)
    return fail(`its header claims ${String(axes)} axes and the file has ${String(bytes.length)} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const dims = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis))
  const wanted = sizeOf(dims)
  const there = bytes.length - start
  if (wanted !== there)
    return fail(
      `its header claims ${dims.join(' × ')} = ${String(wanted)} bytes, ${String(there)} follow: ` +
        (wanted > there ? 'the file is cut short or its header is wrong' : 'the file goes on after its data'),
    )
  return E.right({ dims, data: new Uint8Array(bytes.buffer, bytes.byteOffset + start, there) })
}

/** Unpacks the bytes of a gzip file; other bytes stay as they are. */
const unpacked = (bytes: Uint8Array): TE.TaskEither<DataError, Uint8Array> =>
  bytes[0] !== 0x1f || bytes[1] !== 0x8b
    ? TE.right(bytes)
    : TE.tryCatch(
        async () => {
          const { gunzip } = await import('node:zlib')
          const { promisify } = await import('node:util')
          return promisify(gunzip)(bytes, { maxOutputLength: byteLimit })
        },
        (cause) => new DataError(`its gzip data cannot be unpacked: ${messageOf(cause)}`),
      )

const readOne = (path: string): TE.TaskEither<DataError, Idx> =>
  pipe(
    readFile(path, byteLimit),
    TE.mapLeft(({ message }) => new DataError(message)),
    TE.flatMap((bytes) =>
      pipe(
        unpacked(bytes),
        TE.flatMapEither(decodeIdx),
        TE.mapLeft(({ message }) => new DataError(`cannot read ${path}: ${message}`)),
      ),
    ),
  )

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
    TE.Do,
    TE.bind('images', () => readOne(imagesPath)),
    TE.bind('labels', () => readOne(labelsPath)),
    TE.flatMapEither(({ images, labels }) =>
      pipe(
        pair(images, labels, options),
        E.mapLeft(({ message }) => new DataError(`cannot use ${imagesPath} with ${labelsPath}: ${message}`)),
      ),
    ),
  )

const pair = (images: Idx, labels: Idx, { names, classes }: IdxOptions): E.Either<DataError, Dataset> => {
  const [, ...shape] = images.dims
  const known = names ?? Array.from({ length: highest(labels.data) + 1 }, (_, label) => String(label))
  const problem = mismatch(images, labels) ?? strayLabel(labels.data, known.length)
  if (problem !== undefined) return E.left(new DataError(problem))
  const dataset: Dataset = {
    shape: shape.length === 2 ? [...shape, 1] : shape,
    features: images.data,
    labels: Int32Array.from(labels.data),
    classes: known,
  }
  return classes === undefined ? E.right(dataset) : subset(dataset, classes)
}

/** The reason why two files are not images and their labels, or undefined. */
const mismatch = (images: Idx, labels: Idx): string | undefined => {
  const [count = 0, ...shape] = images.dims
  if (shape.length === 0)
    return `expected images of at least two axes, got a list of ${String(count)}; give the images first, then the labels`
  if (labels.dims.length !== 1)
    return `expected labels of one axis, got ${labels.dims.join(' × ')}; give the images first, then the labels`
  if (count !== labels.data.length) return `there are ${String(count)} images and ${String(labels.data.length)} labels`
  return images.data.length === 0 ? `there is nothing in it: ${images.dims.join(' × ')}` : undefined
}

const strayLabel = (labels: Uint8Array, classes: number): string | undefined => {
  const stray = labels.findIndex((label) => label >= classes)
  return stray < 0
    ? undefined
    : `label ${String(stray)} is ${String(labels[stray])}, expected at most ${String(classes - 1)}`
}

const highest = (labels: Uint8Array): number => labels.reduce((most, label) => Math.max(most, label), 0)
