import { messageOf } from '@ptu/core'
import { readFile, withFile, type OpenFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { sizeOf } from './dataset.ts'
import { DataError } from './errors.ts'

/** Files beyond this are refused, packed or not. */
const byteLimit = 2 ** 30

/** As many bytes of a file are read at a time as hold whole entries, at most these if one entry is not longer. */
const blockBytes = 2 ** 20

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
export const decodeIdx = (bytes: Uint8Array): E.Either<DataError, Idx> =>
  pipe(
    headerIn(bytes, bytes.length),
    E.map(({ dims, start }) => ({ dims, data: new Uint8Array(bytes.buffer, bytes.byteOffset + start, sizeOf(dims)) })),
  )

/** The sizes that the header of an IDX file claims, and the number of bytes in front of the data. */
interface Header {
  readonly dims: readonly number[]
  readonly start: number
}

/** The header at the beginning of a file of `length` bytes, of which `bytes` are at least the first 4 + 4 · axes. */
const headerIn = (bytes: Uint8Array, length: number): E.Either<DataError, Header> => {
  const fail = (problem: string): E.Either<DataError, never> => E.left(new DataError(problem))
  const [zero, zeroToo, type, axes = 0] = bytes
  if (bytes.length < 4 || zero !== 0 || zeroToo !== 0)
    return fail('it is no IDX file: it does not begin with two zeros')
  if (type !== 8) return fail(`expected unsigned bytes (type 8), its type is ${String(type)}`)
  const start = 4 + 4 * axes
  if (axes === 0 || bytes.length < start)
    return fail(`its header claims ${String(axes)} axes and the file has ${String(length)} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const dims = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis))
  const wanted = sizeOf(dims)
  const there = length - start
  if (wanted !== there)
    return fail(
      `its header claims ${dims.join(' × ')} = ${String(wanted)} bytes, ${String(there)} follow: ` +
        (wanted > there ? 'the file is cut short or its header is wrong' : 'the file goes on after its data'),
    )
  return E.right({ dims, start })
}

const isPacked = ([first, second]: Uint8Array): boolean => first === 0x1f && second === 0x8b

/** Unpacks the bytes of a gzip file; other bytes stay as they are. */
const unpacked = (bytes: Uint8Array): TE.TaskEither<DataError, Uint8Array> =>
  !isPacked(bytes)
    ? TE.right(bytes)
    : TE.tryCatch(
        async () => {
          const { gunzip } = await import('node:zlib')
          const { promisify } = await import('node:util')
          return promisify(gunzip)(bytes, { maxOutputLength: byteLimit })
        },
        (cause) => new DataError(`its gzip data cannot be unpacked: ${messageOf(cause)}`),
      )

/** Reads a whole IDX file, gzip or not. */
export const readWhole = (path: string): TE.TaskEither<DataError, Idx> =>
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

/** An IDX file whose entries along the first axis are read when they are asked for. */
export interface StoredIdx {
  readonly dims: readonly number[]
  /** The entries at some places, which ascend; all unless given. */
  readonly entries: (places?: readonly number[]) => TE.TaskEither<DataError, Uint8Array>
}

/**
 * Opens an IDX file for its entries, gzip or not. Of a file that is not packed only those entries are kept in memory that are asked
 * for, and a megabyte of the file at a time.
 */
export const storedIdx = (path: string): TE.TaskEither<DataError, StoredIdx> =>
  pipe(
    withFile(path, byteLimit, async ({ size, read }) => {
      const bytes = new Uint8Array(Math.min(size, 4 + 4 * 255)) // as many axes as a byte counts
      await read(bytes, 0)
      return { bytes, size }
    }),
    TE.mapLeft(({ message }) => new DataError(message)),
    TE.flatMap(({ bytes, size }) =>
      isPacked(bytes)
        ? pipe(readWhole(path), TE.map(inMemory))
        : pipe(
            TE.fromEither(headerIn(bytes, size)),
            TE.mapLeft(({ message }) => new DataError(`cannot read ${path}: ${message}`)),
            TE.map((header) => inFile(path, size, header)),
          ),
    ),
  )

const entrySize = ([, ...shape]: readonly number[]): number => sizeOf(shape)

const inMemory = ({ dims, data }: Idx): StoredIdx => ({
  dims,
  entries: (places) => {
    if (places === undefined) return TE.right(data)
    const size = entrySize(dims)
    const taken = new Uint8Array(places.length * size)
    places.forEach((place, i) => {
      taken.set(data.subarray(place * size, (place + 1) * size), i * size)
    })
    return TE.right(taken)
  },
})

const inFile = (path: string, length: number, { dims, start }: Header): StoredIdx => ({
  dims,
  entries: (places) =>
    pipe(
      withFile(path, byteLimit, async (file) => {
        if (file.size !== length) throw new Error('it changed while it was read; read it again')
        if (places !== undefined) return await entriesIn(file, { places, start, size: entrySize(dims) })
        const bytes = new Uint8Array(sizeOf(dims))
        await file.read(bytes, start)
        return bytes
      }),
      TE.mapLeft(({ message }) => new DataError(message)),
    ),
})

interface Wanted {
  readonly places: readonly number[]
  /** The byte of the file at which the first entry begins. */
  readonly start: number
  /** The bytes of an entry. */
  readonly size: number
}

/** Reads block after block, each from the next entry that is wanted. */
const entriesIn = async ({ size: length, read }: OpenFile, { places, start, size }: Wanted): Promise<Uint8Array> => {
  const entries = new Uint8Array(places.length * size)
  const block = new Uint8Array(size * Math.max(1, Math.floor(blockBytes / size)))
  let [from, to] = [0, 0]
  for (const [i, place] of places.entries()) {
    const at = start + place * size
    if (at >= to) {
      from = at
      to = Math.min(length, from + block.length)
      await read(block.subarray(0, to - from), from)
    }
    entries.set(block.subarray(at - from, at - from + size), i * size)
  }
  return entries
}
