import { messageOf } from '@ptu/core'
import { parse } from 'csv-parse/sync'

import { quoted, type Problems } from './errors.ts'
import { rowLines } from './row-lines.ts'
import { rowProblem } from './row-problem.ts'
import { rowEnds } from './separator.ts'

/** Values between commas or tabs under a line of names, or a JSON object a line. */
export type TextFormat = 'csv' | 'tsv' | 'jsonl'

/** The fields of one record, by name, and the line where it ends. */
export interface TextRecord {
  readonly line: number
  readonly fields: ReadonlyMap<string, unknown>
}

/** The options of {@link readRecords}. */
export interface RecordOptions {
  readonly format: TextFormat
  /** The names that there must be. */
  readonly columns: readonly string[]
  readonly problems: Problems
}

/** Gives every record to `take`; faults in the file's form are added to the problems. Throws on broken quotes. */
export const readRecords = (bytes: Uint8Array, options: RecordOptions, take: (record: TextRecord) => void): void => {
  if (options.format === 'jsonl') readLines(bytes, options, take)
  else readTable(bytes, options, take)
}

const readTable = (
  bytes: Uint8Array,
  { format, columns, problems }: RecordOptions,
  take: (record: TextRecord) => void,
): void => {
  let header: readonly string[] | undefined
  const { endOf, last } = rowLines()
  const onRecord = (cells: readonly string[], { lines }: { readonly lines: number }): null => {
    const line = endOf(cells, lines)
    if (header === undefined) header = checkedHeader(cells, columns, problems)
    else if (cells.length !== header.length)
      problems.add(`line ${String(line)}: expected ${String(header.length)} cells, got ${String(cells.length)}`)
    else if (columns.every((name) => header?.includes(name)))
      take({ line, fields: new Map(header.map((name, i) => [name, cells[i]])) })
    return null
  }
  // Tab-separated values have no quotes: a quotation mark is one.
  const form = format === 'csv' ? { delimiter: ',', quote: '"' } : { delimiter: '\t', quote: false }
  const rows = { bom: true, skip_empty_lines: true, relax_column_count: true, ...rowEnds(bytes) }
  try {
    parse(bytes, { ...form, ...rows, on_record: onRecord })
  } catch (cause) {
    throw rowProblem(cause, last())
  }
}

const checkedHeader = (cells: readonly string[], columns: readonly string[], problems: Problems): readonly string[] => {
  const names = cells.map((cell) => cell.trim())
  for (const name of columns) {
    const count = names.filter((other) => other === name).length
    if (count === 0)
      problems.add(
        `line 1: expected a column ${quoted(name)}, the columns are ${names.slice(0, 20).map(quoted).join(', ')}`,
      )
    if (count > 1) problems.add(`line 1: the column ${quoted(name)} comes twice`)
  }
  return names
}

const readLines = (bytes: Uint8Array, { problems }: RecordOptions, take: (record: TextRecord) => void): void => {
  const decoder = new TextDecoder('utf-8')
  for (let line = 1, from = 0; from < bytes.length; line++) {
    const newline = bytes.indexOf(10, from)
    const end = newline < 0 ? bytes.length : newline
    const text = decoder.decode(bytes.subarray(from, end)).trim()
    from = end + 1
    if (text === '') continue
    const fields = objectIn(text)
    if (typeof fields === 'string') problems.add(`line ${String(line)}: ${fields}`)
    else take({ line, fields })
  }
}

/** The fields of an object in JSON, or what is wrong with it. */
const objectIn = (text: string): ReadonlyMap<string, unknown> | string => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'expected a JSON object'
    return new Map(Object.entries(value))
  } catch (cause) {
    return `expected a JSON object: ${messageOf(cause)}`
  }
}
