import { messageOf } from '@ptu/core'
import { FileError } from '@ptu/tensor'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { formatOfPath } from './decode-table.ts'
import { DataError } from './errors.ts'
import { rowsFile } from './new-rows.ts'
import { isNamedTexts } from './named-texts.ts'
import { isNumber } from './numbers.ts'
import { isImageName, isPathName, isPhotoHeader } from './photo-columns.ts'
import { streamRows } from './stream-rows.ts'

/** A kind of labelled data that a file or folder may hold. */
export type KindOfData = 'photos' | 'table' | 'text'

/** The most rows that are looked at. */
const sampled = 50

/**
 * Tells what labelled data a path holds, by its ending and its first 50 rows.
 *
 * The name of a published set of texts stands for texts. A folder holds photos, and so does a table with a column of names of
 * images, unless it has one called `text` and none called `label`, `class` or `category`. Another table holds texts where a column is called `text`, or where one of
 * two columns holds words with white space between them; else numbers and categories.
 */
export const kindOfData = (path: string): TE.TaskEither<DataError, KindOfData> => {
  if (isNamedTexts(path)) return TE.right('text')
  if (!/\.(csv|tsv|jsonl)$/i.test(path)) return TE.right('photos')
  return TE.tryCatch(
    async () => kindOfRows(await firstRows(path)),
    (cause) => new DataError(cause instanceof FileError ? cause.message : `cannot read ${path}: ${messageOf(cause)}`),
  )
}

const firstRows = async (path: string): Promise<readonly (readonly string[])[]> => {
  const rows: (readonly string[])[] = []
  for await (const { cells } of streamRows(rowsFile(path).chunks, formatOfPath(path))) {
    rows.push(cells)
    if (rows.length > sampled) break
  }
  return rows
}

/** Tells whether a column holds names of images: some where it is called so, else in every row. */
const namesFiles = (name: string, rows: readonly (readonly string[])[], place: number): boolean => {
  const isNamed = (cells: readonly string[]): boolean => isImageName(cells[place])
  return isPathName(name) ? rows.some(isNamed) : rows.length > 0 && rows.every(isNamed)
}

/** Tells whether rows are of files and labels: by the names of columns, or as pairs. */
const areLabelledFiles = (names: readonly string[], rows: readonly (readonly string[])[]): boolean =>
  (isPhotoHeader(names) && rows.some((cells) => cells.some((cell) => isImageName(cell)))) ||
  (names.length === 2 && isImageName(rows[0]?.[0]))

const kindOfRows = ([names = [], ...rows]: readonly (readonly string[])[]): KindOfData => {
  const isPair = names.length === 2
  if (areLabelledFiles(names, rows)) return 'photos'
  if (names.includes('text')) return 'text'
  if (names.some((name, i) => namesFiles(name, rows, i))) return 'photos'
  const isWords = (cell: string): boolean => !isNumber(cell) && /\S\s+\S/.test(cell)
  return isPair && rows.some((cells) => cells.some(isWords)) ? 'text' : 'table'
}
