import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { tokenised } from './classify-texts.ts'
import type { Dataset } from './dataset.ts'
import { byteLimit, formatOfPath, tableDecoding, type TableOptions } from './decode-table.ts'
import { andThen, decodeFileInTurns, type Decoding } from './decoding.ts'
import type { TableEncoding } from './encoding.ts'
import { DataError, plural } from './errors.ts'
import { textsDecoding, type LabelledTexts } from './labelled-texts.ts'
import { readTextsOf } from './named-texts.ts'
import { missingLabels } from './missing-labels.ts'
import type { Column, Table } from './table.ts'
import { firstNames } from './table-lines.ts'
import type { TokenUnit } from './texts.ts'
import { withTargets } from './with-targets.ts'

/** A file of rows: numbers and categories, or texts with a label each. */
export interface TableSpec extends Pick<
  TableOptions,
  'shape' | 'header' | 'separator' | 'missing' | 'categories' | 'ignore' | 'target'
> {
  readonly kind: 'table'
  readonly path: string
  /** The column of the labels, or several between commas. */
  readonly label?: string
  /** The column of texts to be classified; the one called `text` unless given. */
  readonly text?: string
  readonly unit?: TokenUnit
  readonly steps?: number
}

/** A published set of texts: `spam-assassin:easy`. */
export interface NamedTextsSpec {
  readonly kind: 'texts'
  /** The name of the set, with a part of it: what `readTextsOf` reads. */
  readonly path: string
  readonly unit?: TokenUnit
  readonly steps?: number
}

/** The part of a {@link TableEncoding} that says how labels are read, and what becomes of missing cells. */
export type TargetLabels = Pick<TableEncoding, 'label' | 'target' | 'missing'>

/** The data of a table, its columns, and warnings. */
export interface TableSource {
  readonly train: Dataset
  /** The columns of numbers and categories; undefined for texts. */
  readonly columns?: readonly Column[]
  /** The columns of the labels, where they are not one class for each row; undefined for texts. */
  readonly labels?: TargetLabels
  readonly warnings: readonly string[]
}

/**
 * Reads a file of rows.
 *
 * The rows hold texts if a column is named for them or called `text`, else numbers and categories. The label is the
 * last column if it cannot be guessed.
 */
export const loadTable = (
  spec: TableSpec,
  vocabulary: readonly string[] | undefined,
): TE.TaskEither<DataError, TableSource> =>
  decodeFileInTurns(spec.path, (bytes) => rowsDecoding(bytes, spec, vocabulary), { watch: {}, limit: byteLimit })

const rowsDecoding = (
  bytes: Uint8Array,
  spec: TableSpec,
  vocabulary: readonly string[] | undefined,
): E.Either<DataError, Decoding<TableSource>> => {
  const format = formatOfPath(spec.path)
  const isTexts = spec.text !== undefined || firstNames(bytes, format).includes('text')
  if (isTexts) return textsIn(bytes, { ...spec, format }, vocabulary)
  return E.map((decoding: Decoding<Table>) =>
    andThen(decoding, ({ dataset, columns, label, target, warnings }) =>
      E.right({
        ...{ train: dataset, columns, warnings },
        ...(target && { labels: { label, target, missing: spec.missing ?? ('refuse' as const) } }),
      }),
    ),
  )(tableDecoding(bytes, { ...spec, format }, { unnamed: 'guess or last' }))
}

const textsIn = (
  bytes: Uint8Array,
  spec: TableSpec & Pick<TableOptions, 'format'>,
  vocabulary: readonly string[] | undefined,
): E.Either<DataError, Decoding<TableSource>> =>
  E.map((decoding: Decoding<LabelledTexts>) => andThen(decoding, (texts) => numbered(texts, spec, vocabulary)))(
    textsDecoding(bytes, spec),
  )

/** Reads a published set of texts as numbered tokens. */
export const loadNamed = (
  spec: NamedTextsSpec,
  vocabulary: readonly string[] | undefined,
): TE.TaskEither<DataError, TableSource> =>
  pipe(
    readTextsOf(spec.path),
    TE.flatMapEither((texts) => numbered(texts, spec, vocabulary)),
  )

const numbered = (
  texts: LabelledTexts,
  spec: Pick<TableSpec, 'unit' | 'steps'>,
  vocabulary: readonly string[] | undefined,
): E.Either<DataError, TableSource> =>
  pipe(
    tokenised(texts, { ...spec, ...(vocabulary && { vocabulary }) }),
    E.flatMap((dataset) => withTargets(dataset, texts.origin?.target)),
    E.map((train) => ({ train, warnings: [...warningsOf(texts.repeated, texts.conflicting), ...(texts.origin?.target === undefined ? missingLabels(train) : [])] })), // prettier-ignore
  )

const warningsOf = (repeated: number, conflicting: number): readonly string[] =>
  repeated === 0 ? [] : [`${plural(repeated, 'text')} came before, ${String(conflicting)} of them with another label`]
