import { key } from '@ptu/core'
import { loadSource, parseSource, splitStratified, type DataError, type Dataset } from '@ptu/data'
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { sha256 } from '../digest.ts'
import { toRunError, type RunError } from '../errors.ts'

/** Labelled data with a part that is for testing only. */
export interface TaskData {
  readonly train: Dataset
  readonly test: Dataset
  /** SHA-256 of all of it. */
  readonly digest: string
}

/** The draw of the test part of data that come without one: the same in every run. */
const testKey = key(0x7e57)

const withTest = (train: Dataset): E.Either<DataError, { readonly train: Dataset; readonly test: Dataset }> =>
  pipe(
    splitStratified(testKey, train, { fraction: 0.3, atLeast: 1 }),
    E.map((parts) => ({ train: parts.train, test: parts.validation })),
  )

/** Reads what a data specification names; of data without a test part, 30 % of each class become it. */
export const loadTask = (text: string): TE.TaskEither<RunError, TaskData> =>
  pipe(
    TE.fromEither(parseSource(text)),
    TE.flatMap(loadSource),
    TE.flatMapEither(({ train, test }) => (test === undefined ? withTest(train) : E.right({ train, test }))),
    TE.bimap(toRunError, (parts) => ({ ...parts, digest: digestOfData([parts.train, parts.test]) })),
  )

const digestOfData = (parts: readonly Dataset[]): string =>
  sha256(
    ...parts.flatMap(({ shape, classes, features, labels }) => [
      JSON.stringify([shape, classes, labels.length]),
      bytesOf(features),
      bytesOf(labels),
    ]),
  )

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
