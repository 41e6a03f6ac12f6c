import type { Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'

import type { Dataset } from './dataset.ts'
import { decodeFile, decodeWith } from './decode-table.ts'
import type { DataError } from './errors.ts'

/** The column of labels and the shape of the other columns. */
export interface CsvOptions {
  /** The name of the column with the classes; the last column unless given. */
  readonly label?: string
  /** The shape of one example; `[columns]` unless given. */
  readonly shape?: Shape
}

/**
 * Reads a table of numbers with a column of labels; the first line names the columns.
 *
 * Classes are the different labels, in the order of numbers if all are numbers, else of letters. Every problem is
 * reported with its line, the first ten in one Left: ragged rows, cells that are no number, empty labels, columns that
 * are missing or come twice. {@link decodeTable} takes categories and missing cells too, and remembers the columns.
 *
 * @example
 * ```ts
 * const set = decodeCsv(new TextEncoder().encode('width,kind\n1.5,oak\n2.5,elm'))
 * expect(E.map(({ labels, classes }: Dataset) => [[...labels], classes])(set)).toEqual(E.right([[1, 0], ['elm', 'oak']]))
 * ```
 */
export const decodeCsv = (bytes: Uint8Array, { label, shape }: CsvOptions = {}): E.Either<DataError, Dataset> =>
  pipe(
    decodeWith(
      bytes,
      { ...(label !== undefined && { label }), ...(shape && { shape }) },
      { header: 'names', unnamed: 'last', texts: 'refuse' },
    ),
    E.map(({ dataset }) => dataset),
  )

/** Reads a file as {@link decodeCsv} does; files beyond 1 GiB are refused. */
export const readCsv = (path: string, options: CsvOptions = {}): TE.TaskEither<DataError, Dataset> =>
  decodeFile(path, (bytes) => decodeCsv(bytes, options))
