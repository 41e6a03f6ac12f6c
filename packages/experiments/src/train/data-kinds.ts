import { foldIn, key } from '@ptu/core'
import {
  encodingWords,
  readKnownRows,
  readRows,
  rowsKind,
  type Encoding,
  type LabelledRows,
  type PhotoColumns,
  type RowsSpec,
} from '@ptu/data'
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { RunError, toRunError, UsageError, type ExperimentError } from '../errors.ts'
import type { PreparedSource } from '../sources/source.ts'
import { inSharedMemory } from '../tasks/shared-memory.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import type { LabelledData } from './labelled-data.ts'
import { digestOfPhotos, readLabelled, type ReadOptions } from './read-photos.ts'

/** The reading of labelled data by their kind: a folder of photos, or the rows of a file. */
export type DataReading = ({ readonly kind: 'photos' } & PhotoColumns) | RowsSpec

/** The names for examples of a kind. */
export interface ExampleWords {
  readonly one: string
  readonly many: string
}

/** A request to read labelled data for a source network; undefined where there is none to transfer from. */
export interface DataRequest {
  readonly path: string
  readonly reading: DataReading
  readonly input: PreparedSource['input'] | undefined
}

/** A kind of labelled data that a classifier can be trained on. */
export interface DataKind {
  readonly name: DataReading['kind']
  readonly words: ExampleWords
  /** Tells that a pretrained network is needed unless data of a source are named. */
  readonly needsModel: boolean
  /** Tells that examples are pictures: these have near copies by their encodings, and can be changed. */
  readonly arePictures: boolean
  /** Reads the examples. */
  readonly read: (request: DataRequest, options: ReadOptions) => TE.TaskEither<ExperimentError, LabelledData>
}

const photos: DataKind = {
  name: 'photos',
  words: { one: 'image', many: 'images' },
  needsModel: true,
  arePictures: true,
  read: ({ path, input, reading }, options) =>
    readLabelled(
      path,
      { image: input?.image ?? null, ...(reading.kind === 'photos' && { columns: columnsOf(reading) }) },
      options,
    ),
}

const columnsOf = ({ image, label, target }: PhotoColumns): PhotoColumns => ({ image, label, target })

const table: DataKind = {
  name: 'table',
  words: { one: 'row', many: 'rows' },
  needsModel: false,
  arePictures: false,
  read: (request, options) => readLabelledRows(request, options),
}

const text: DataKind = { ...table, name: 'text', words: { one: 'text', many: 'texts' } }

/** The kinds of labelled data that `train` knows. */
export const dataKinds: readonly DataKind[] = [photos, table, text]

/** The kind of a name; of documents from before there were kinds, photos. */
export const dataKindOf = (name: string | undefined): DataKind => dataKinds.find((kind) => kind.name === name) ?? photos

/** The most rows or texts that are learnt from: above, a training would take far longer and say hardly more. */
const mostLearnt = 100_000

/** The most numbers of these: of 5,000 words 4,000 texts. */
const mostNumbers = 20_000_000

/** The turn of the seed that draws from more. */
const drawTurn = 0xd4a3

const readLabelledRows = (
  { path, reading, input }: DataRequest,
  { test, strict, seed, signal, onStep }: ReadOptions,
): TE.TaskEither<ExperimentError, LabelledData> =>
  pipe(
    TE.fromEither(rowsOf(reading, input)),
    TE.let('limits', () => ({ key: foldIn(key(seed), drawTurn), examples: mostLearnt, numbers: mostNumbers })),
    TE.flatMap(({ rows, known, limits }) =>
      pipe(
        known === undefined
          ? readRows(path, rows, limits, { signal, progress: onStep })
          : readKnownRows(path, known, { strict, limits, signal }),
        TE.mapLeft((error): ExperimentError => toRunError(error)),
      ),
    ),
    TE.bindTo('train'),
    TE.bind('test', ({ train: { encoding, dataset } }) =>
      test === undefined
        ? TE.right(undefined)
        : pipe(
            readKnownRows(test, encoding, { strict, classes: dataset.classes, signal }),
            TE.mapLeft((error): ExperimentError => toRunError(error)),
          ),
    ),
    TE.flatMapTask((parts) => () => labelledData(parts, { seed, words: dataKindOf(reading.kind).words })),
  )

/** Reads rows, by the encoding of the source if it has one. */
const rowsOf = (
  reading: DataReading,
  input: PreparedSource['input'] | undefined,
): E.Either<ExperimentError, { readonly rows: RowsSpec; readonly known: Encoding | undefined }> => {
  if (reading.kind === 'photos') return E.left(new RunError('expected rows of a table, got photos'))
  if (input === undefined) return E.right({ rows: reading, known: undefined })
  const { encoding, tokens } = input
  if (tokens !== undefined && reading.kind === 'text')
    return E.right({ rows: { ...reading, tokens }, known: undefined })
  if (encoding === undefined || rowsKind(encoding) !== reading.kind)
    return E.left(
      new UsageError(
        `expected a source that reads a ${reading.kind}, such as --source other.csv; leave the source out to train from the data alone`,
      ),
    )
  const named = {
    ...(reading.label !== undefined && { label: reading.label }),
    ...(reading.kind === 'text' && reading.text !== undefined && { text: reading.text }),
  }
  return E.right({ rows: reading, known: { ...encoding, ...named } })
}

/** The facts that the drawing of examples is told by. */
interface Drawing {
  readonly seed: number
  readonly words: ExampleWords
}

/** A statement that examples were drawn; none where all are learnt from. */
const drawnNotes = ({ drawnFrom, dataset }: LabelledRows, { seed, words: { many } }: Drawing): readonly string[] =>
  drawnFrom === undefined
    ? []
    : [
        `${dataset.labels.length} of the ${drawnFrom} ${many} are learnt from and judged by, of each class in proportion, ` +
          `drawn by --seed ${seed}: more would take longer and say hardly more`,
      ]

const labelledData = async (
  { train, test }: { readonly train: LabelledRows; readonly test: LabelledRows | undefined },
  drawing: Drawing,
): Promise<LabelledData> => {
  const { classes } = train.dataset
  const kind = taskKindOf(train.dataset)
  const [own, tested] = [kind.counts(train.dataset), test && kind.counts(test.dataset)]
  return {
    train: inSharedMemory(train.dataset),
    test: test && inSharedMemory(test.dataset),
    files: train.names,
    testFiles: test?.names ?? [],
    shown: train.shown,
    drawnFrom: train.drawnFrom,
    unreadable: [...train.unreadable, ...(test?.unreadable ?? [])],
    counts: classes.map((name, i) => ({ name, train: own[i] ?? 0, test: tested?.[i] ?? 0 })),
    digest: await digestOfPhotos(train.dataset, test?.dataset),
    encoding: train.encoding,
    warnings: [
      ...drawnNotes(train, drawing),
      ...train.warnings,
      ...(test?.warnings ?? []).map((note) => `test data: ${note}`),
    ],
  }
}

/** The inputs of an encoding in words; nothing where there is none. */
export const inputWords = (encoding: Encoding | undefined): { readonly inputs?: string } =>
  encoding === undefined ? {} : { inputs: encodingWords(encoding) }
