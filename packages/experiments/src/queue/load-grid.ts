import { decode } from '@ptu/config'
import { messageOf, sha256 } from '@ptu/core'
import { checkDataset, type Dataset } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { RunError, UsageError, type ExperimentError } from '../errors.ts'
import { gridQuestion, type CodeVersion } from '../run/cell.ts'
import type { Comparison } from '../run/comparison.ts'
import type { Objects } from '../run/objects.ts'
import { decodeNetwork, type PortableNetwork } from '../sources/portable-network.ts'
import { shared } from '../tasks/shared-memory.ts'
import { blobName, eachSet, gridDecoder, notThere, type DatasetFile, type GridFile } from './grid-file.ts'

/** A grid that a worker has read: all that its cells are computed from. */
export interface LoadedGrid {
  readonly comparison: Comparison
  readonly file: GridFile
  readonly code: CodeVersion
  /** The text of each module with methods of users. */
  readonly modules: readonly Uint8Array[]
}

/** The places of objects: those that all machines share, and a copy on this machine. */
export interface ObjectPlaces {
  readonly objects: Objects
  readonly cache: Objects
}

const verified = (sum: string) => (bytes: Uint8Array | undefined) => async (): Promise<Uint8Array | undefined> =>
  bytes !== undefined && (await sha256(bytes)) === sum ? bytes : undefined

/** The bytes of a SHA-256 from the shared objects, verified. */
const sharedBlob = (objects: Objects, sum: string): TaskEither<RunError, Uint8Array> => {
  const name = blobName(sum)
  return pipe(
    objects.find(name),
    TE.flatMap((bytes) =>
      bytes === undefined ? TE.left(new RunError(notThere(sum))) : TE.fromTask(verified(sum)(bytes)),
    ),
    TE.flatMap((bytes) =>
      bytes === undefined
        ? TE.left(new RunError(`${name} in the store is not what its name says; remove it and submit the grid again`))
        : TE.right(bytes),
    ),
  )
}

/** The bytes of a SHA-256, from the cache or else from the shared objects, verified in either case. */
const blob = ({ objects, cache }: ObjectPlaces, sum: string): TaskEither<RunError, Uint8Array> => {
  const name = blobName(sum)
  const arriving = pipe(
    sharedBlob(objects, sum),
    TE.tap((bytes) => cache.add(name, bytes)),
  )
  return pipe(
    cache.find(name),
    TE.flatMapTask(verified(sum)),
    TE.flatMap((bytes) => (bytes === undefined ? arriving : TE.right(bytes))),
  )
}

/** Numbers from bytes that arrive; a Left if these are not whole numbers. */
const numbersFrom = <A>(
  make: { new (buffer: ArrayBuffer): A; readonly BYTES_PER_ELEMENT: number },
  arriving: TaskEither<ExperimentError, Uint8Array>,
): TaskEither<ExperimentError, A> =>
  pipe(
    arriving,
    TE.flatMapEither((bytes): E.Either<ExperimentError, A> =>
      bytes.length % make.BYTES_PER_ELEMENT === 0
        ? E.right(new make(Uint8Array.from(bytes).buffer))
        : E.left(new UsageError(`expected a multiple of ${make.BYTES_PER_ELEMENT} bytes, got ${bytes.length}`)),
    ),
  )

const datasetOf = (
  places: ObjectPlaces,
  { shape, kind, classes, vocabulary, tagged, targets, ...sums }: DatasetFile,
): TaskEither<ExperimentError, Dataset> =>
  pipe(
    TE.Do,
    TE.bindW('features', () =>
      numbersFrom<Uint8Array | Float32Array>(kind === 'bytes' ? Uint8Array : Float32Array, blob(places, sums.features)),
    ),
    TE.bindW('labels', () => numbersFrom<Int32Array>(Int32Array, blob(places, sums.labels))),
    TE.bindW('values', () =>
      targets === undefined
        ? TE.right(undefined)
        : numbersFrom<Float64Array>(Float64Array, blob(places, targets.values)),
    ),
    TE.flatMapEither(({ features, labels, values }) =>
      E.tryCatch(
        () =>
          checkDataset({
            ...{ shape, classes, features: shared(features), labels: shared(labels) },
            ...(vocabulary !== undefined && { vocabulary }),
            ...(tagged !== undefined && { tagged }),
            ...(targets && values && { targets: { kind: targets.kind, values } }),
          }),
        (cause) => new UsageError(`the data of the grid: ${messageOf(cause)}`),
      ),
    ),
  )

const networkOf = (places: ObjectPlaces, sum: string): TaskEither<ExperimentError, PortableNetwork> =>
  pipe(
    blob(places, sum),
    TE.flatMap((bytes) =>
      pipe(
        decodeNetwork(bytes),
        TE.mapLeft(({ message }): ExperimentError => new UsageError(`the network of the grid: ${message}`)),
      ),
    ),
    TE.map(({ blocks, input, digest, bytes }) => ({ blocks, input, digest, bytes })),
  )

/** The file of a grid, never from the cache: where the store does not have it, results do not belong there either. */
const fileOf = ({ objects }: ObjectPlaces, grid: string): TaskEither<ExperimentError, GridFile> =>
  pipe(
    sharedBlob(objects, grid),
    TE.flatMapEither((bytes): E.Either<ExperimentError, GridFile> =>
      pipe(
        E.tryCatch(
          () => JSON.parse(new TextDecoder().decode(bytes)) as unknown,
          () => new UsageError('the file of the grid is no JSON'),
        ),
        E.flatMap((read) =>
          pipe(
            decode(gridDecoder, 'the file of the grid cannot be used:')(read),
            E.mapLeft(({ message }) => new UsageError(message)),
          ),
        ),
      ),
    ),
  )

/**
 * Reads a grid by the SHA-256 of its file. Nothing in it is trusted.
 *
 * A Left that is a `UsageError` says that the grid is wrong, so that trying again does not help; any other may pass.
 */
export const loadGrid = (places: ObjectPlaces, grid: string): TaskEither<ExperimentError, LoadedGrid> =>
  pipe(
    fileOf(places, grid),
    TE.bindTo('file'),
    TE.bind('network', ({ file }) => networkOf(places, file.network)),
    TE.bind('prefix', ({ file }) => (file.prefix === null ? TE.right(null) : networkOf(places, file.prefix))),
    TE.bind('train', ({ file }) => datasetOf(places, file.target.train)),
    TE.bind('test', ({ file }) => datasetOf(places, file.target.test)),
    TE.bind('measured', ({ file }) => eachSet(file.measured, (set) => datasetOf(places, set))),
    TE.bindW('modules', ({ file }) =>
      pipe(
        file.modules,
        TE.traverseSeqArray((sum) => blob(places, sum)),
      ),
    ),
    TE.map(({ file, network, prefix, train, test, measured, modules }) => {
      const code = { ...file.code, modules: file.modules }
      const target = { train, test, digest: file.target.digest }
      const own = { network, prefix, target, sourceData: file.sourceData, ...file.settings }
      const parts = { ...own, ...(measured && { measured }) }
      return { comparison: { ...parts, record: gridQuestion(parts, file.backend, code) }, file, code, modules }
    }),
  )
