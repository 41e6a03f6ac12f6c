import { messageOf } from '@ptu/core'
import { readFile } from '@ptu/tensor'
import { parse } from 'csv-parse/sync'
import * as E from 'fp-ts/lib/Either.js'

import { DataError, problemList } from './errors.ts'
import type { PhotoFile, PhotoList, Unreadable } from './photo-folder.ts'

/** Tables beyond this are refused. */
const byteLimit = 2 ** 26

/** The most classes; more are taken for a mistake. */
const classLimit = 10_000

const pathNames = ['path', 'file', 'filename', 'filepath', 'image']
const labelNames = ['label', 'class', 'category']

/** Tells whether names of columns are those of a table of images. */
export const isPhotoHeader = (names: readonly string[]): boolean => {
  const own = names.map((name) => name.trim().toLowerCase())
  return own.some((name) => pathNames.includes(name)) && own.some((name) => labelNames.includes(name))
}

interface Columns {
  readonly path: number
  readonly label: number
  /** The number of lines before the first image. */
  readonly header: number
}

const columnsOf = (first: readonly string[]): Columns => {
  const names = first.map((name) => name.trim().toLowerCase())
  const path = names.findIndex((name) => pathNames.includes(name))
  const label = names.findIndex((name) => labelNames.includes(name))
  if (path >= 0 && label >= 0) return { path, label, header: 1 }
  if (first.length === 2) return { path: 0, label: 1, header: 0 }
  throw new DataError(
    `expected the columns path and label, or two columns without names; the first line has ${String(first.length)}`,
  )
}

const rowsOf = async (table: string): Promise<readonly (readonly string[])[]> => {
  const bytes = await readFile(table, byteLimit)()
  if (E.isLeft(bytes)) throw new DataError(bytes.left.message)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.right)
    return parse(text, {
      delimiter: table.toLowerCase().endsWith('.tsv') ? '\t' : ',',
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: 2 ** 16,
    })
  } catch (cause) {
    throw new DataError(`it is no table: ${messageOf(cause)}`)
  }
}

/** One line of a table of images. */
interface Row {
  readonly file: string
  readonly name: string
}

const namedIn = (rows: readonly (readonly string[])[]): readonly Row[] => {
  const { path, label, header } = columnsOf(rows[0] ?? [])
  const problems = problemList()
  const named = rows.slice(header).flatMap((cells, i): readonly Row[] => {
    const [file = '', name = ''] = [cells[path]?.trim(), cells[label]?.trim()]
    if (file !== '' && name !== '') return [{ file, name }]
    problems.add(`row ${String(i + 1)}: expected a path and a label, got ${JSON.stringify(cells).slice(0, 80)}`)
    return []
  })
  if (problems.count() > 0) throw new DataError(`it has rows that name no image:${problems.text()}`)
  return named
}

/** The real path of a file in a table, or the reason why it cannot be read. */
const located = async (
  root: string,
  file: string,
  anywhere: boolean,
): Promise<{ readonly path: string } | { readonly why: string }> => {
  const { realpath, stat } = await import('node:fs/promises')
  const paths = await import('node:path')
  try {
    const path = await realpath(paths.resolve(root, file))
    if (!anywhere && !path.startsWith(root.endsWith(paths.sep) ? root : root + paths.sep))
      return { why: 'it lies outside of the folder of the table; set the option `anywhere` to allow that' }
    return (await stat(path)).isFile() ? { path } : { why: 'it is no file' }
  } catch {
    return { why: 'it does not exist; paths are relative to the table' }
  }
}

/**
 * Lists the images of a `.csv` or `.tsv` table with a column of paths and one of labels, named `path` and `label` or
 * without a line of names.
 *
 * Paths are relative to the table, and stay within its folder unless `anywhere` is set. Classes are in the order of
 * their names, files in the order of the table. Rejects with {@link DataError}.
 */
export const listPhotoTable = async (table: string, anywhere: boolean): Promise<PhotoList> => {
  const { realpath } = await import('node:fs/promises')
  const paths = await import('node:path')
  const folder = paths.dirname(table)
  const root = await realpath(folder)
  const rows = namedIn(await rowsOf(table))
  const classes = [...new Set(rows.map(({ name }) => name))].toSorted()
  if (classes.length === 0) throw new DataError('it names no image')
  if (classes.length > classLimit)
    throw new DataError(
      `expected at most ${String(classLimit)} classes, the column of labels has ${String(classes.length)}`,
    )
  const labels = new Map(classes.map((name, label) => [name, label]))
  const files: PhotoFile[] = []
  const unreadable: Unreadable[] = []
  for (const { file, name } of rows) {
    const shown = paths.isAbsolute(file) ? file : paths.join(folder, file)
    const found = await located(root, file, anywhere)
    if ('path' in found) files.push({ path: found.path, shown, label: labels.get(name) as number })
    else unreadable.push({ path: shown, why: found.why })
  }
  return { classes, files, unreadable }
}
