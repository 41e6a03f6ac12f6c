import { key } from '@ptu/core'
import {
  countOf,
  distinct,
  lengthsOf,
  loadSource,
  parseSource,
  splitStratified,
  take,
  type DataError,
  type Dataset,
} from '@ptu/data'
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { sha256 } from '../digest.ts'
import { toRunError, type RunError } from '../errors.ts'
import { isTaggedSource } from './body.ts'

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
    E.map((parts) => ({ train: parts.train, test: byLength(parts.validation) })),
  )

/** Texts from the shortest to the longest, so that those that are tested together need little padding. */
const byLength = (dataset: Dataset): Dataset => {
  const lengths = lengthsOf(dataset)
  if (lengths === undefined) return dataset
  const order = Array.from(lengths.keys()).sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0))
  return take(dataset, order)
}

/**
 * Reads what a data specification names; of data without a test part, 30 % of each class become it, or of all texts.
 *
 * A text comes once: repetitions are left out before the split, and so is what the `source` holds, whose vocabulary
 * numbers the tokens.
 */
export const loadTask = (text: string, source?: TaskData): TE.TaskEither<RunError, TaskData> =>
  pipe(
    TE.fromEither(parseSource(text)),
    TE.flatMap((spec) => loadSource(spec, source?.train.vocabulary)),
    TE.flatMapEither(({ train, test }) =>
      test === undefined ? withTest(withoutRepetition(train, source)) : E.right({ train, test }),
    ),
    TE.bimap(toRunError, (parts) => ({ ...parts, digest: digestOfData([parts.train, parts.test]) })),
  )

const withoutRepetition = (dataset: Dataset, source: TaskData | undefined): Dataset =>
  dataset.vocabulary === undefined
    ? dataset
    : distinct(dataset, ...(source === undefined ? [] : [source.train, source.test]))

/** Whether data may be texts, whose tokens the source numbers: a table is known to hold texts when it is opened. */
const mayBeTexts = (text: string): boolean => {
  const spec = parseSource(text)
  return isTaggedSource(text) || (E.isRight(spec) && spec.right.kind === 'table')
}

/** Reads the data of a target; of texts, with the source that numbers their tokens. */
export const loadTarget = (
  text: string,
  source: TE.TaskEither<RunError, TaskData>,
): TE.TaskEither<RunError, TaskData> =>
  mayBeTexts(text)
    ? pipe(
        source,
        TE.flatMap((from) => loadTask(text, from)),
      )
    : loadTask(text)

/** How many labels there are to test on: examples, or tokens where each has a tag. */
export const labelCount = (dataset: Dataset): number =>
  dataset.tagged === true ? dataset.labels.filter((label) => label >= 0).length : countOf(dataset)

const digestOfData = (parts: readonly Dataset[]): string =>
  sha256(
    ...parts.flatMap(({ shape, classes, features, labels, vocabulary }) => [
      JSON.stringify([shape, classes, labels.length, ...(vocabulary === undefined ? [] : [vocabulary])]),
      bytesOf(features),
      bytesOf(labels),
    ]),
  )

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
