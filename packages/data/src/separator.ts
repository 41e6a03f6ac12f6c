import { turns } from '@ptu/core'
import { parse } from 'csv-parse/sync'

import { checkGoingOn, type Watch } from './watch.ts'
import { rowLines } from './row-lines.ts'
import { rowLimit, rowProblem } from './row-problem.ts'

/** The separator of the cells of a row. */
export type Separator = ',' | ';' | '\t' | '|'

const separators: readonly Separator[] = [',', ';', '\t', '|']

/** The most lines that are looked at, and the most bytes; the first line is always taken whole. */
const [sampled, byteLimit] = [20, 2 ** 16]

const newline = 10

/** The first lines, so that the time does not depend on how many there are. */
const beginning = (bytes: Uint8Array): Uint8Array => {
  const end = bytes.length > byteLimit ? bytes.lastIndexOf(newline, byteLimit) : bytes.length
  const first = end < 0 ? bytes.indexOf(newline) : end
  return bytes.subarray(0, first < 0 ? bytes.length : first)
}

/** The first lines, read with a separator between cells. */
interface Sample {
  readonly separator: Separator
  /** The number of cells in the first line. */
  readonly width: number
  /** True if every line has that many cells, and more than one. */
  readonly isEven: boolean
  /** True if a cell is a number with a decimal comma. */
  readonly isDecimal: boolean
}

/** Takes the cells of a row, as many as there are, with the line where it ends. */
export type TakeCells = (cells: readonly string[], line: number) => void

/** The ends of rows in bytes: with or without a carriage return wherever there are line feeds, whatever the first row ends with. */
export const rowEnds = (bytes: Uint8Array): { readonly record_delimiter?: string[] } =>
  bytes.includes(newline) ? { record_delimiter: ['\r\n', '\n'] } : {}

/** Gives the rows of cells between separators one by one, at most `most` of them. Throws on broken quotes. */
export const eachRow = (bytes: Uint8Array, delimiter: Separator, take: TakeCells, most?: number): void => {
  const { form, last } = rowForm(bytes, delimiter, take)
  try {
    parse(bytes, { ...form, to: most ?? -1 })
  } catch (cause) {
    throw rowProblem(cause, last())
  }
}

/** The form of rows, and the line where the last that was taken ends. */
const rowForm = (bytes: Uint8Array, delimiter: Separator, take: TakeCells) => {
  const { endOf, last } = rowLines()
  const onRecord = (cells: readonly string[], { lines }: { readonly lines: number }): null => {
    take(cells, endOf(cells, lines))
    return null
  }
  const form = { bom: true, delimiter, trim: true, skip_empty_lines: true, relax_column_count: true, ...rowEnds(bytes) }
  return { form: { ...form, max_record_size: rowLimit, on_record: onRecord }, last }
}

/** The bytes between two turns of others: some hundredths of a second. */
export const pieceSize: number = 2 ** 18

/** Bytes piece by piece; timers, signals and other work have their turn between two. Throws once the signal aborts. */
const piecesOf = async function* (bytes: Uint8Array, watch: Watch): AsyncGenerator<Uint8Array> {
  const pause = turns()
  for (let from = 0; from < bytes.length; from += pieceSize) {
    watch.progress?.(from, bytes.length)
    await pause()
    checkGoingOn(watch)
    yield bytes.subarray(from, from + pieceSize)
  }
}

/** Gives rows as {@link eachRow} does, while others have their turn. */
export const eachRowInTurns = async (
  bytes: Uint8Array,
  delimiter: Separator,
  take: TakeCells,
  watch: Watch,
): Promise<void> => {
  // Both are parts of Node, which pages do not have.
  const [{ parse: parser }, { pipeline }] = await Promise.all([import('csv-parse'), import('node:stream/promises')])
  const { form, last } = rowForm(bytes, delimiter, take)
  try {
    await pipeline(piecesOf(bytes, watch), parser(form).resume())
  } catch (cause) {
    throw rowProblem(cause, last())
  }
}

const sampleOf = (bytes: Uint8Array, separator: Separator): Sample => {
  const rows = rowsOf(bytes, separator)
  const width = rows[0]?.length ?? 0
  return {
    separator,
    width,
    isEven: width > 1 && rows.every(({ length }) => length === width),
    isDecimal: rows.some((row) => row.some((cell) => /^[+-]?\d+,\d+$/.test(cell))),
  }
}

/** The first rows, up to quotes that are broken or cut. */
const rowsOf = (bytes: Uint8Array, delimiter: Separator): readonly (readonly string[])[] => {
  const rows: (readonly string[])[] = []
  try {
    eachRow(bytes, delimiter, (cells) => void rows.push(cells), sampled)
  } catch {
    // What is wrong with quotes is said by whoever reads the whole file.
  }
  return rows
}

/**
 * Finds the separator of a table's cells: among comma, semicolon, tab and bar, the one that gives each of the first 20
 * lines equally many cells, and the most.
 *
 * The comma is ruled out if another separator leaves numbers such as 1,5. If no separator gives equally many cells, the
 * one that gives the first line the most is taken, and the comma if there is none.
 *
 * @example
 * ```ts
 * expect(separatorOf(new TextEncoder().encode('1,5;2,5;oak\n0,5;7,1;elm'))).toBe(';')
 * ```
 */
export const separatorOf = (bytes: Uint8Array): Separator => {
  const sample = beginning(bytes)
  const samples = separators.map((separator) => sampleOf(sample, separator))
  const even = samples.filter(({ isEven }) => isEven)
  const decimal = even.filter(({ separator, isDecimal }) => separator !== ',' && isDecimal)
  const chosen = [decimal, even, samples].find(({ length }) => length > 0) ?? []
  return chosen.toSorted((a, b) => b.width - a.width)[0]?.separator ?? ','
}
