import { checkedLines, type CheckedLines } from './checked-lines.ts'
import { lineProblems } from './line-problems.ts'
import { rowLines } from './row-lines.ts'
import { rowLimit, rowProblem } from './row-problem.ts'
import { rowEnds, separatorOf } from './separator.ts'
import { readLines } from './table-lines.ts'
import type { TextFormat } from './text-records.ts'
import { checkText } from './text.ts'

/** A row of a file as it is read: its cells, or why it has none. */
export interface StreamedRow {
  readonly cells: readonly string[]
  readonly line: number
  /** The bytes of the file up to the end of the row. */
  readonly end: number
  readonly why?: string
}

/** The bytes that are looked at for separators and for what is no text. */
const sampled = 2 ** 16

/**
 * Reads the rows of a table one after the other, in memory of a few; of JSONL the names of columns come first.
 *
 * A row with bytes that are not UTF-8 says so in `why` and has its cells all the same. Throws `DataError` for a quotation mark that never
 * closes, and where the file does not begin as text.
 */
export const streamRows = async function* (
  chunks: AsyncIterable<Uint8Array>,
  format: TextFormat,
): AsyncGenerator<StreamedRow> {
  const source = chunks[Symbol.asyncIterator]()
  try {
    const { first, rest } = await beginning(source, format === 'csv' ? sampled : 1)
    const checked = checkText(wholeCharacters(first))
    if (checked._tag === 'Left') throw checked.left
    const all = checkedLines(joined(first, rest))
    const separated = { delimiter: format === 'tsv' ? '\t' : separatorOf(first), ...rowEnds(first) }
    const rows = format === 'jsonl' ? objectsOf(all.chunks) : separatedRows(all.chunks, separated)
    yield* withProblems(rows, all)
  } finally {
    await source.return?.() // also where no more rows are asked for: it closes its file
  }
}

const withProblems = async function* (
  rows: AsyncIterable<StreamedRow>,
  { problemUpTo }: CheckedLines,
): AsyncGenerator<StreamedRow> {
  for await (const row of rows) {
    const problem = problemUpTo(row.line)
    yield problem === undefined || row.why !== undefined ? row : { ...row, why: problem }
  }
}

interface Beginning {
  readonly first: Uint8Array
  readonly rest: AsyncIterator<Uint8Array>
}

const beginning = async (rest: AsyncIterator<Uint8Array>, least: number): Promise<Beginning> => {
  const found: Uint8Array[] = []
  let size = 0
  while (size < least) {
    const next = await rest.next()
    if (next.done === true) break
    found.push(next.value)
    size += next.value.length
  }
  const first = new Uint8Array(size)
  found.reduce((at, chunk) => {
    first.set(chunk, at)
    return at + chunk.length
  }, 0)
  return { first, rest }
}

/** Bytes without a character that is cut at their end. */
const wholeCharacters = (bytes: Uint8Array): Uint8Array => {
  let end = bytes.length
  while (end > 0 && bytes.length - end < 4 && ((bytes[end - 1] ?? 0) & 0x80) !== 0) end--
  return bytes.subarray(0, end)
}

const joined = async function* (first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

const separatedRows = async function* (
  chunks: AsyncIterable<Uint8Array>,
  separated: ReturnType<typeof rowEnds> & { readonly delimiter: string },
): AsyncGenerator<StreamedRow> {
  // Both are parts of Node, which pages do not have.
  const [{ parse }, { pipeline, Readable }] = await Promise.all([import('csv-parse'), import('node:stream')])
  const form = { bom: true, trim: true, skip_empty_lines: true, relax_column_count: true, ...separated }
  // The places where rows end that were parsed but not yet taken.
  const ends: Omit<StreamedRow, 'cells'>[] = []
  const { endOf, last } = rowLines()
  const onRecord = (cells: string[], { lines, bytes }: { readonly lines: number; readonly bytes: number }) => {
    ends.push({ line: endOf(cells, lines), end: bytes })
    return cells
  }
  const parser = parse({ ...form, max_record_size: rowLimit, on_record: onRecord })
  // What fails in the source is thrown by the parser.
  pipeline(Readable.from(chunks, { objectMode: false }), parser, () => undefined)
  try {
    for await (const cells of parser as AsyncIterable<readonly string[]>)
      yield { cells, ...(ends.shift() ?? { line: last(), end: 0 }) }
  } catch (cause) {
    throw rowProblem(cause, last())
  }
}

/** Objects of JSONL, each as the cells of the first object's fields. */
const objectsOf = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamedRow> {
  let head: string | undefined
  let number = 0
  for await (const { text, end } of linesOf(chunks)) {
    number++
    if (text.trim() === '') continue
    const found: (readonly string[])[] = []
    const problems = lineProblems()
    // The first object names the fields of the others.
    const bytes = new TextEncoder().encode(head === undefined ? text : `${head}\n${text}`)
    readLines(bytes, { format: 'jsonl', separator: ',', problems }, (cells) => found.push(cells))
    if (problems.count() > 0) {
      yield {
        cells: [],
        line: number,
        end,
        why: problems
          .text()
          .trim()
          .replace(/^line \d+: /, ''),
      }
      continue
    }
    if (head === undefined) yield { cells: found[0] ?? [], line: 0, end: 0 }
    yield { cells: found.at(-1) ?? [], line: number, end }
    head ??= text
  }
}

const newline = 10

/** The lines of pieces that end with a line, each with the bytes up to its end. */
const linesOf = async function* (
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly text: string; readonly end: number }> {
  const decoder = new TextDecoder('utf-8')
  let before = 0
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length;) {
      const next = chunk.indexOf(newline, from)
      const end = next < 0 ? chunk.length : next
      yield { text: decoder.decode(chunk.subarray(from, end)), end: before + Math.min(end + 1, chunk.length) }
      from = end + 1
    }
    before += chunk.length
  }
}
