import { bytesIn, concatBytes, key, sha256 } from '@ptu/core'
import {
  countOf,
  distinct,
  lengthsOf,
  moments,
  readRows,
  shortestFirst,
  splitStratified,
  take,
  type Column,
  type Dataset,
  type Encoding,
  type Normalisation,
  type PhotoLabels,
  type RowsSpec,
  type WordVectors,
} from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { RunError, toRunError, type ExperimentError } from '../errors.ts'
import { loadParts, type LoadOptions } from './load-parts.ts'
import { inSharedMemory } from './shared-memory.ts'

/** Labelled data with a part that is for testing only. Plain memory, which threads can share. */
export interface TaskData {
  readonly train: Dataset
  /** Seal it with `sealTestSet` before it meets anything that chooses. */
  readonly test: Dataset
  /** The SHA-256 of all of it. */
  readonly digest: string
  /** The way from a row or a text to the numbers of an example; absent where they are as a data spec gives them. */
  readonly encoding?: Encoding
  /** The columns of a table of numbers and categories, which a model remembers. */
  readonly table?: readonly Column[]
  /** Vectors that the tokens of texts start from. */
  readonly vectors?: WordVectors
  /** The columns of a table of images, which their model remembers. */
  readonly columns?: PhotoLabels
}

/** The key that draws the test part of data that come without one: the same in every run. */
const testKey = key(0x7e57)

/** The part of each class that becomes the test part of data without one. */
const testFraction = 0.3

const withTest = (train: Dataset): E.Either<Error, { readonly train: Dataset; readonly test: Dataset }> =>
  pipe(
    splitStratified(testKey, train, { fraction: testFraction, atLeast: 1 }),
    E.map((parts) => ({ train: parts.train, test: byLength(parts.validation) })),
  )

/** Sorts texts from the shortest to the longest, so that those that are tested together need little padding. */
const byLength = (dataset: Dataset): Dataset =>
  lengthsOf(dataset) === undefined ? dataset : take(dataset, shortestFirst(dataset))

/**
 * Reads the data that a specification names, such as `mnist:0-4`. If the data have no test part, 30 % of each class
 * or label become it, or 30 % of all tagged texts and of examples with numbers.
 *
 * A text comes once: repetitions are left out before the split, and so are the texts of `source`, whose vocabulary
 * numbers the tokens. Folders of images are read by the rule `image` if a network asks for one, texts by the rule `tokens`.
 */
export const loadTask = (
  text: string,
  source?: TaskData,
  options: Omit<LoadOptions, 'vocabulary'> = {},
): TE.TaskEither<ExperimentError, TaskData> =>
  pipe(
    loadParts(text, {
      ...(source?.table && { table: source.table, others: 'warn' }),
      ...options,
      vocabulary: source?.train.vocabulary,
    }),
    TE.flatMapEither(({ train, test, ...read }) =>
      test === undefined
        ? pipe(
            withTest(withoutRepetition(train, source)),
            E.bimap(
              ({ message }) => new RunError(`${text}: ${message}`),
              (parts) => ({ ...parts, ...read }),
            ),
          )
        : E.right({ train, test, ...read }),
    ),
    TE.flatMapTask(({ train, test, encoding, table, columns }) => async () => ({
      ...(await taskData({ train, test })),
      ...(encoding && { encoding }),
      ...(table && { table }),
      ...(columns && { columns }),
    })),
  )

/** Labelled data without a test part as a task: as {@link loadTask} divides them. */
export const dividedTask = (dataset: Dataset): TE.TaskEither<ExperimentError, TaskData> =>
  pipe(
    TE.fromEither(withTest(withoutRepetition(dataset, undefined))),
    TE.mapLeft((error): ExperimentError => toRunError(error)),
    TE.flatMapTask((parts) => () => taskData(parts)),
  )

/** Labelled data as {@link TaskData}: in memory that threads share, with their digest. */
export const taskData = async ({
  train,
  test,
}: {
  readonly train: Dataset
  readonly test: Dataset
}): Promise<TaskData> => {
  const digest = await digestOfData([train, test]) // before the copies, for a digest takes a copy of its own
  return { train: inSharedMemory(train), test: inSharedMemory(test), digest }
}

/**
 * Reads rows that a source network is trained on; 30 % of each class become the test part. Texts whose tokens are equal come once.
 *
 * `warn` is told what people should know of them.
 */
export const loadRows = (
  path: string,
  spec: RowsSpec,
  warn: (text: string) => void = () => undefined,
): TE.TaskEither<ExperimentError, TaskData> =>
  pipe(
    readRows(path, spec),
    TE.tapIO(({ warnings, unreadable: [first, ...others] }) => () => {
      const left = first && `${others.length + 1} of its texts are left out, for instance ${first.path}: ${first.why}`
      for (const text of [...(left === undefined ? [] : [left]), ...warnings]) warn(`${path}: ${text}`)
    }),
    TE.flatMapEither(({ dataset, encoding }) =>
      pipe(
        withTest(withoutRepetition(dataset, undefined)),
        E.map((parts) => ({ parts, encoding })),
      ),
    ),
    TE.mapLeft((error): ExperimentError => toRunError(error)),
    TE.flatMapTask(({ parts, encoding }) => async () => ({ ...(await taskData(parts)), encoding })),
  )

/**
 * The step before the first layer that fits data: columns by their own mean and deviation; counts of tokens by those of
 * all counts, so that rare tokens stay small.
 */
export const normalisationOf = ({ train, encoding }: Pick<TaskData, 'train' | 'encoding'>): Normalisation =>
  moments(encoding?.kind === 'text' ? { ...train, shape: [...train.shape, 1] } : train)

const withoutRepetition = (dataset: Dataset, source: TaskData | undefined): Dataset =>
  lengthsOf(dataset) === undefined
    ? dataset
    : distinct(dataset, ...(source === undefined ? [] : [source.train, source.test]))

/** The number of labels to test on: one for each example, or for each token that has a tag; of sets all that may be on. */
export const labelCount = (dataset: Dataset): number => {
  if (dataset.targets?.kind === 'multi-label') return dataset.targets.values.length
  return dataset.tagged === true ? dataset.labels.filter((label) => label >= 0).length : countOf(dataset)
}

const digestOfData = async (parts: readonly Dataset[]): Promise<string> => {
  const texts: string[] = []
  for (const { shape, classes, features, labels, vocabulary, targets } of parts)
    for (const content of [
      JSON.stringify([shape, classes, labels.length, vocabulary ?? null]),
      bytesIn(features),
      bytesIn(labels),
      ...(targets === undefined ? [] : [targets.kind, bytesIn(targets.values)]),
    ])
      texts.push(await sha256(content))
  return sha256(concatBytes(texts.map((text) => new TextEncoder().encode(text))))
}
