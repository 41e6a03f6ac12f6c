import { messageOf } from '@ptu/core'
import { readFile, type Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { collector } from './collect-table.ts'
import { DataError } from './errors.ts'
import { finished } from './finish-table.ts'
import type { Decimal } from './numbers.ts'
import { separatorOf, type Separator } from './separator.ts'
import { readLines } from './table-lines.ts'
import type { TableRules } from './table-plan.ts'
import type { Column, Table } from './table.ts'
import type { TextFormat } from './text-records.ts'
import { checkText } from './text.ts'

/** How a table is read; what is not given is told from the file where it can be. */
export interface TableOptions {
  /** `jsonl` for an object a line; else cells between separators. `csv` unless given. */
  readonly format?: TextFormat
  /** What stands between cells; told from the first 20 lines unless given, a tab where the format is `tsv`. */
  readonly separator?: Separator
  /** The decimal sign; told from all numbers unless given, a point where cells stand between commas. */
  readonly decimal?: Decimal
  /** Whether the first line names the columns; told from it unless given. */
  readonly header?: boolean | undefined
  /**
   * The column with the classes, by its name or its number from 1. Unless given it is the only one that is called label,
   * class or target, else `y` where there is no `x`, else the second of two.
   */
  readonly label?: string | number | undefined
  /** The shape of one example; `[numbers of all columns]` unless given. */
  readonly shape?: Shape
  /**
   * What is done where a cell is empty, `NA`, `NaN`, `null` or `?`: `refuse` it with its line, `drop` the row, or fill a
   * number with the `mean` of its column and a category with no name. `refuse` unless given.
   */
  readonly missing?: 'refuse' | 'drop' | 'mean' | undefined
  /** Columns whose cells are names, even where they look like numbers. */
  readonly categories?: readonly string[] | undefined
  /** Columns to be left out. */
  readonly ignore?: readonly string[] | undefined
  /** The columns of an earlier table, which this one must have: by name, in their order, with their names and means. */
  readonly columns?: readonly Column[]
  /** The classes of an earlier table; a label outside of them is a problem. */
  readonly classes?: readonly string[]
}

/** Files beyond this are refused: 1 GiB. */
const byteLimit = 2 ** 30

const rulesOf = (options: TableOptions, separator: Separator): TableRules => ({
  header: options.format === 'jsonl' ? true : (options.header ?? 'told'),
  label: options.label,
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
 * Reads a table; `change` takes the place of what follows from the options.
 *
 * Each row is taken as it is read; what is kept of a file are its numbers, in few large pieces of memory.
 */
export const decodeWith = (
  bytes: Uint8Array,
  options: TableOptions,
  change: Partial<TableRules>,
): E.Either<DataError, Table> => {
  const checked = checkText(bytes)
  if (E.isLeft(checked)) return checked
  const { format = 'csv' } = options
  const separator = options.separator ?? (format === 'csv' ? separatorOf(bytes) : '\t')
  const rules = { ...rulesOf(options, separator), ...change }
  const { take, problems, collected } = collector(rules)
  return pipe(
    E.tryCatch(
      () => {
        readLines(bytes, { format, separator, problems }, take)
      },
      (cause) => new DataError(messageOf(cause)),
    ),
    E.flatMap(() => finished(collected(), rules, options.shape)),
  )
}

/**
 * Reads a table of numbers and categories with a column of labels, from cells between separators or from lines of JSON.
 *
 * A column of numbers becomes one number, a column of at most 100 different texts a number for each of them (one-hot). A
 * column that mixes both is refused, unless it is named in `categories`. The first line names the columns where it holds
 * no number, or only numbers that count from 0 or 1 beside texts; it is a row where it holds only numbers that do not; else
 * it must be said. Classes are in the order of numbers where all are numbers, of letters otherwise.
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

/** Reads a file and decodes it; a Left names the file. */
export const decodeFile = <A>(
  path: string,
  decode: (bytes: Uint8Array) => E.Either<DataError, A>,
): TE.TaskEither<DataError, A> =>
  pipe(
    readFile(path, byteLimit),
    TE.mapLeft(({ message }) => new DataError(message)),
    TE.flatMapEither((bytes) =>
      pipe(
        decode(bytes),
        E.mapLeft(({ message }) => new DataError(`cannot read ${path}: ${message}`)),
      ),
    ),
  )

/** Reads a file as {@link decodeTable} does, in the format that its ending names; files beyond 1 GiB are refused. */
export const readTable = (path: string, options: TableOptions = {}): TE.TaskEither<DataError, Table> =>
  decodeFile(path, (bytes) => decodeTable(bytes, { format: formatOfPath(path), ...options }))
