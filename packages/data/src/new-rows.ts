import { messageOf } from '@ptu/core'
import { fileChunks } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'

import { formatOfPath } from './decode-table.ts'
import { labelNamesOf, type Encoding } from './encoding.ts'
import { DataError, quoted } from './errors.ts'
import { isNamedTexts, readTextsOf } from './named-texts.ts'
import { checkNames, rowEncoder, type EncodedRow, type EncodeRow } from './row-encoder.ts'
import { streamRows } from './stream-rows.ts'
import { headerOf } from './table-header.ts'
import type { TextFormat } from './text-records.ts'

/** A row of a new file as a model reads it, or why it cannot be read. */
export type NewRow = EncodedRow & {
  /** File and line: `new.csv:12`. */
  readonly name: string
  /** The cells of the columns of the labels; undefined where the file lacks one of these columns. */
  readonly labels: readonly string[] | undefined
}

/** The place that new rows come from. */
export interface RowPlace {
  /** The name that rows are told by. */
  readonly name: string
  readonly format: TextFormat
  readonly chunks: AsyncIterable<Uint8Array>
}

/** New rows, and what is to be said of them once they are read. */
export interface NewRows {
  readonly rows: AsyncIterable<NewRow>
  /** Gives what is to be said of the rows that were read so far: unknown categories, tokens outside of the vocabulary. */
  readonly notes: () => readonly string[]
  /** Gives the bytes of the place that is being read up to the end of the last row that was given; 0 where none is. */
  readonly read: () => number
}

/** A file as a place that new rows come from, or a published set of texts; its bytes are read as they are needed. */
export const rowsFile = (path: string): RowPlace =>
  isNamedTexts(path)
    ? { name: path, format: 'jsonl', chunks: linesOf(path) }
    : { name: path, format: formatOfPath(path), chunks: fileChunks(path) }

/** The texts of a published set, a line of JSON each. */
const linesOf = async function* (name: string): AsyncGenerator<Uint8Array> {
  const read = await readTextsOf(name)()
  if (E.isLeft(read)) throw read.left
  const { texts, labels } = read.right
  const encoder = new TextEncoder()
  for (const [i, text] of texts.entries()) yield encoder.encode(`${JSON.stringify({ text, label: labels[i] })}\n`)
}

/**
 * Reads rows by the encoding that a model remembers, in memory of a few rows: columns by name in the order of training,
 * others ignored. A category that training did not have is taken as none of those that it had, and counted.
 *
 * A row that cannot be read says why and does not stop the others. Throws {@link DataError} for a file that cannot be read
 * or lacks a column.
 *
 * @example
 * ```ts
 * const encoding: Encoding = { kind: 'table', label: 'kind', missing: 'refuse', columns: [{ kind: 'number', name: 'width', mean: 0 }] }
 * const chunks = (async function* () { yield new TextEncoder().encode('height,width\n1,2\n') })()
 * const { rows } = newRows([{ name: 'new.csv', format: 'csv', chunks }], encoding)
 * for await (const row of rows) expect('features' in row && [...row.features]).toEqual([2])
 * ```
 */
export const newRows = (places: Iterable<RowPlace> | AsyncIterable<RowPlace>, encoding: Encoding): NewRows => {
  const encoder = rowEncoder(encoding)
  let read = 0
  const rows = async function* (): AsyncGenerator<NewRow> {
    for await (const place of places) {
      try {
        for await (const { row, end } of rowsAt(place, encoder.names, labelNamesOf(encoding), encoder.encode)) {
          read = end
          yield row
        }
        read = 0
      } catch (cause) {
        const why = messageOf(cause)
        throw new DataError(why.startsWith('cannot read ') ? why : `cannot read ${place.name}: ${why}`)
      }
    }
  }
  return { rows: rows(), notes: encoder.notes, read: () => read }
}

const rowsAt = async function* (
  { name, format, chunks }: RowPlace,
  wanted: readonly string[],
  labelNames: readonly string[],
  encodeAs: (names: readonly string[]) => EncodeRow,
): AsyncGenerator<{ readonly row: NewRow; readonly end: number }> {
  let layout: Layout | undefined
  for await (const { cells, line, end, why } of streamRows(chunks, format)) {
    const at = `${name}:${line}`
    if (layout === undefined) {
      layout = layoutOf(cells, wanted, labelNames, encodeAs)
      if (!layout.startsWithRow) continue
    }
    const row: NewRow =
      why !== undefined || cells.length !== layout.width
        ? { name: at, labels: undefined, why: why ?? `expected ${layout.width} cells, got ${cells.length}` }
        : { name: at, labels: layout.labels?.map((place) => cells[place] ?? ''), ...layout.encode(cells) }
    yield { row, end }
  }
  if (layout === undefined) throw new DataError('expected a line of names and at least one row, got no row')
}

/** The places of the cells in a file's rows. */
interface Layout {
  readonly width: number
  /** The places of the labels; undefined where one of them is not there. */
  readonly labels: readonly number[] | undefined
  readonly encode: EncodeRow
  /** True if the first line is a row. */
  readonly startsWithRow: boolean
}

const layoutOf = (
  first: readonly string[],
  wanted: readonly string[],
  labelNames: readonly string[],
  encodeAs: (names: readonly string[]) => EncodeRow,
): Layout => {
  const header = E.isRight(checkNames(wanted, first)) ? undefined : headerOf(first, 'told')
  const isRow = header !== undefined && E.isRight(header) && header.right.isRow
  // Without names, as many cells as columns are these columns.
  const numbered = first.length === wanted.length ? wanted : first.map((_, i) => String(i + 1))
  const names = checkNames(wanted, isRow ? numbered : first)
  if (E.isLeft(names)) throw new DataError(names.left)
  const twice = wanted.find((name) => names.right.indexOf(name) !== names.right.lastIndexOf(name))
  if (twice !== undefined) throw new DataError(`line 1: the column ${quoted(twice)} comes twice; name each column once`)
  const labels = labelNames.map((name) => names.right.indexOf(name))
  return {
    width: first.length,
    labels: labels.includes(-1) ? undefined : labels,
    encode: encodeAs(names.right),
    startsWithRow: isRow,
  }
}
