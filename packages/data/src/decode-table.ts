import { readFile, type Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { collector } from './collect-table.ts'
import { decodeAtOnce, decodeFileInTurns, type Decoding } from './decoding.ts'
import { DataError } from './errors.ts'
import { finished } from './finish-table.ts'
import type { Decimal } from './numbers.ts'
import { separatorOf, type Separator } from './separator.ts'
import type { Watch } from './watch.ts'
import type { TableRules } from './table-plan.ts'
import type { Column, Table } from './table.ts'
import type { TargetRequest } from './target-rule.ts'
import type { TextFormat } from './text-records.ts'
import { checkText } from './text.ts'

/** The options of {@link decodeTable}; what is not given is told from the file if possible. */
export interface TableOptions {
  /** `jsonl` for one JSON object per line; else cells between separators. `csv` unless given. */
  readonly format?: TextFormat
  /** The separator of cells; told from the first 20 lines unless given, a tab if the format is `tsv`. */
  readonly separator?: Separator
  /** The decimal sign; told from all numbers unless given, a point if cells stand between commas. */
  readonly decimal?: Decimal
  /** True if the first line names the columns; told from that line unless given. */
  readonly header?: boolean | undefined
  /**
   * The column with the classes, by its name or its number from 1.
   *
   * Unless given, it is the only column called label, class or target; else `y` if there is no `x`; else the second of
   * two.
   */
  readonly label?: string | number | undefined
  /**
   * The kind of the labels where they are not one class each: numbers, or lists between separators. Several names in
   * `label`, between commas, are columns of 0 and 1.
   */
  readonly target?: TargetRequest | undefined
  /** The shape of one example; `[numbers of all columns]` unless given. */
  readonly shape?: Shape
  /**
   * The treatment of a cell that is empty, `NA`, `NaN`, `null` or `?`; `refuse` unless given.
   *
   * `refuse` names its line, `drop` leaves out the row, and `mean` fills a number with the mean of its column and a
   * category with no name.
   */
  readonly missing?: 'refuse' | 'drop' | 'mean' | undefined
  /** Columns whose cells are names, even if they look like numbers. */
  readonly categories?: readonly string[] | undefined
  /** Columns to be left out. */
  readonly ignore?: readonly string[] | undefined
  /** The columns of an earlier table, which this one must have: by name, in their order, with their names and means. */
  readonly columns?: readonly Column[]
  /** The classes of an earlier table; a label that is not among them is a problem. */
  readonly classes?: readonly string[]
}

/** Files beyond this are refused: 1 GiB. */
export const byteLimit: number = 2 ** 30

const rulesOf = (options: TableOptions, separator: Separator): TableRules => ({
  header: options.format === 'jsonl' ? true : (options.header ?? 'told'),
  label: options.label,
  target: options.target,
  unnamed: 'guess',
  decimal: options.decimal ?? (separator === ',' || options.format === 'jsonl' ? '.' : undefined),
  texts: 'categories',
  missing: options.missing ?? 'refuse',
  categories: options.categories ?? [],
  ignore: options.ignore ?? [],
  columns: options.columns,
  classes: options.classes,
})

/**
 * The decoding of a table; `change` replaces rules that follow from the options.
 *
 * Each row is taken as it is read. Only its numbers are kept, in few large pieces of memory.
 */
export const tableDecoding = (
  bytes: Uint8Array,
  options: TableOptions,
  change: Partial<TableRules> = {},
): E.Either<DataError, Decoding<Table>> => {
  const checked = checkText(bytes)
  if (E.isLeft(checked)) return checked
  const { format = 'csv' } = options
  const separator = options.separator ?? (format === 'csv' ? separatorOf(bytes) : '\t')
  const rules = { ...rulesOf(options, separator), ...change }
  const { take, problems, collected } = collector(rules)
  return E.right({
    lines: { format, separator, problems },
    take,
    finish: () => finished(collected(), rules, options.shape),
  })
}

/** Reads a table at once; `change` replaces rules that follow from the options. */
export const decodeWith = (
  bytes: Uint8Array,
  options: TableOptions,
  change: Partial<TableRules>,
): E.Either<DataError, Table> => decodeAtOnce(bytes, () => tableDecoding(bytes, options, change))

/**
 * Reads a table of numbers and categories with a column of labels, from cells between separators or from lines of JSON.
 *
 * A column of numbers becomes one number. A column of at most 100 different texts becomes a number for each text
 * (one-hot). A column that mixes both is refused, unless it is named in `categories`. The first line names the columns
 * if it holds no number, or texts and only numbers that count from 0 or 1. It is a row if it holds only numbers that do
 * not count so. In other cases set `header`. Classes are in the order of numbers if all are numbers, else of letters.
 *
 * Every problem is reported with its line, the first ten in one Left.
 *
 * @example
 * ```ts
 * const table = decodeTable(new TextEncoder().encode('width;colour;label\n1,5;red;oak\n2,5;blue;elm'))
 * const features = E.map(({ dataset }: Table) => [...dataset.features])(table) // width, blue, red
 * expect(features).toEqual(E.right([1.5, 0, 1, 2.5, 1, 0]))
 * ```
 */
export const decodeTable = (bytes: Uint8Array, options: TableOptions = {}): E.Either<DataError, Table> =>
  decodeWith(bytes, options, {})

/** The format that a path's ending names: `.tsv`, `.jsonl`, else `csv`. */
export const formatOfPath = (path: string): TextFormat => {
  const ending = /\.(tsv|jsonl)$/i.exec(path)?.[1]?.toLowerCase()
  return (ending ?? 'csv') as TextFormat
}

/** Reads a file of at most `limit` bytes and decodes it; a Left names the file. */
export const decodeFile = <A>(
  path: string,
  decode: (bytes: Uint8Array) => E.Either<DataError, A>,
  limit: number = byteLimit,
): TE.TaskEither<DataError, A> =>
  pipe(
    readFile(path, limit),
    TE.mapLeft(({ message }) => new DataError(message)),
    TE.flatMapEither((bytes) =>
      pipe(
        decode(bytes),
        E.mapLeft(({ message }) => new DataError(`cannot read ${path}: ${message}`)),
      ),
    ),
  )

/**
 * Reads a file as {@link decodeTable} does, in the format that its ending names; files beyond 1 GiB are refused.
 *
 * Timers, signals and other work have their turn meanwhile. `watch` is told of the bytes that were read, and may end the reading.
 */
export const readTable = (
  path: string,
  options: TableOptions = {},
  watch: Watch = {},
): TE.TaskEither<DataError, Table> =>
  decodeFileInTurns(path, (bytes) => tableDecoding(bytes, { format: formatOfPath(path), ...options }), {
    watch,
    limit: byteLimit,
  })
