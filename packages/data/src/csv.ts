import { messageOf } from '@ptu/core'
import { readFile, type Shape } from '@ptu/tensor'
import { parse } from 'csv-parse/sync'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { sizeOf, type Dataset } from './dataset.ts'
import { DataError, problemList, quoted, type Problems } from './errors.ts'
import { checkText } from './text.ts'

/** Which column is the label and how the others are shaped. */
export interface CsvOptions {
  /** The name of the column with the classes; the last column unless given. */
  readonly label?: string
  /** The shape of one example; `[columns]` unless given. */
  readonly shape?: Shape
}

/** Files beyond this are refused. */
const byteLimit = 2 ** 28

/** More different labels than this are taken for measurements, not classes. */
const classLimit = 1000

/** What has been read of a table: one entry per row, and what is wrong with it. */
interface Table {
  readonly rows: Float32Array[]
  readonly labels: string[]
  readonly problems: Problems
}

/** The first line: the names of the columns and the place of the label. */
interface Header {
  readonly names: readonly string[]
  readonly label: number
}

const isNumber = (text: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)

const headerOf = (names: readonly string[], label: string | undefined, problems: Problems): Header => {
  names.forEach((name, i) => {
    if (name === '') problems.add(`line 1: column ${String(i + 1)} has no name`)
    else if (names.indexOf(name) !== i) problems.add(`line 1: the column ${quoted(name)} comes twice`)
  })
  if (names.every(isNumber)) problems.add('line 1: expected the names of the columns, got only numbers')
  if (names.length < 2) problems.add('line 1: expected at least one column of numbers and one of labels')
  const place = label === undefined ? names.length - 1 : names.indexOf(label)
  if (place < 0)
    problems.add(
      `line 1: expected a column ${quoted(label ?? '')}, the columns are ${names.slice(0, 20).map(quoted).join(', ')}`,
    )
  return { names, label: place }
}

const addRow = ({ names, label }: Header, cells: readonly string[], line: number, table: Table): void => {
  if (cells.length !== names.length) {
    table.problems.add(`line ${String(line)}: expected ${String(names.length)} cells, got ${String(cells.length)}`)
    return
  }
  const row = new Float32Array(cells.length - 1)
  cells.forEach((cell, i) => {
    if (i === label) return
    const value = isNumber(cell) ? Math.fround(Number(cell)) : NaN
    if (!Number.isFinite(value))
      table.problems.add(
        `line ${String(line)}, column ${quoted(names[i] ?? '')}: expected a number, got ${quoted(cell)}`,
      )
    row[i < label ? i : i - 1] = value
  })
  if (cells[label] === '') table.problems.add(`line ${String(line)}: the label is empty`)
  if (table.problems.count() > 0) return
  table.rows.push(row)
  table.labels.push(cells[label] ?? '')
}

/** Reads all records; throws what the parser throws on broken quotes. */
const readTable = (bytes: Uint8Array, label: string | undefined): Table => {
  const table: Table = { rows: [], labels: [], problems: problemList() }
  let header: Header | undefined
  parse(bytes, {
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    on_record: (cells: readonly string[], { lines }) => {
      if (header === undefined) header = headerOf(cells, label, table.problems)
      else if (header.label >= 0) addRow(header, cells, lines, table)
      return null
    },
  })
  return table
}

/**
 * Reads a table of numbers with a column of labels; the first line names the columns.
 *
 * Classes are the different labels, in the order of numbers where all are numbers, of letters otherwise. Every problem is
 * reported with its line, the first ten in one Left: ragged rows, cells that are no number, empty labels, columns that are
 * missing or double.
 *
 * @example
 * ```ts
 * decodeCsv(new TextEncoder().encode('width,kind\n1.5,oak\n2.5,elm'))
 * // Right { shape: [1], features: [1.5, 2.5], labels: [1, 0], classes: ['elm', 'oak'] }
 * ```
 */
export const decodeCsv = (bytes: Uint8Array, { label, shape }: CsvOptions = {}): E.Either<DataError, Dataset> =>
  pipe(
    checkText(bytes),
    E.flatMap(() =>
      E.tryCatch(
        () => readTable(bytes, label),
        (cause) => new DataError(messageOf(cause)),
      ),
    ),
    E.flatMap((table) => datasetOf(table, shape)),
  )

const datasetOf = ({ rows, labels, problems }: Table, shape: Shape | undefined): E.Either<DataError, Dataset> => {
  const fail = (problem: string): E.Either<DataError, never> => E.left(new DataError(problem))
  const columns = rows[0]?.length ?? 0
  if (problems.count() > 0) return fail(`it has problems:${problems.text()}`)
  if (columns === 0) return fail('expected a line of names and at least one row, got no row')
  if (shape !== undefined && sizeOf(shape) !== columns)
    return fail(`the shape ${shape.join('x')} takes ${String(sizeOf(shape))} numbers, a row has ${String(columns)}`)
  const classes = sorted([...new Set(labels)])
  if (classes.length > classLimit)
    return fail(
      `the label has ${String(classes.length)} different values, expected at most ${String(classLimit)}; is it a class?`,
    )
  const features = new Float32Array(rows.length * columns)
  rows.forEach((row, i) => {
    features.set(row, i * columns)
  })
  const places = new Map(classes.map((name, i) => [name, i]))
  return E.right({
    shape: shape ?? [columns],
    features,
    labels: Int32Array.from(labels, (name) => places.get(name) as number),
    classes,
  })
}

const sorted = (names: readonly string[]): readonly string[] =>
  names.every(isNumber) ? names.toSorted((a, b) => Number(a) - Number(b)) : names.toSorted()

/** Reads a file as {@link decodeCsv} does; files beyond 256 MiB are refused. */
export const readCsv = (path: string, options: CsvOptions = {}): TE.TaskEither<DataError, Dataset> =>
  pipe(
    readFile(path, byteLimit),
    TE.mapLeft(({ message }) => new DataError(message)),
    TE.flatMapEither((bytes) =>
      pipe(
        decodeCsv(bytes, options),
        E.mapLeft(({ message }) => new DataError(`cannot read ${path}: ${message}`)),
      ),
    ),
  )
