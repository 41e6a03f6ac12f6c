import { canonical, type Json } from '@ptu/core'

import type { FinishedCell } from '../run/cells.ts'

/** A value of a table; null where there is none. */
export type CellValue = string | number | null

/** A column of the table of finished cells. */
export interface CellColumn {
  readonly name: string
  readonly type: 'text' | 'integer' | 'number'
  /** A value of this type for each cell; null where there is none. */
  readonly values: readonly CellValue[]
}

type Definition = readonly [name: string, type: CellColumn['type'], value: (cell: FinishedCell) => CellValue]

/** A column of what a cell asks for. */
const asked = (name: string, type: CellColumn['type'], title = name): Definition => [
  title,
  type,
  ({ question }) => {
    const value = question[name] ?? null
    return typeof value === 'object' || typeof value === 'boolean' ? nested(value) : value
  },
]

const nested = (value: Json): CellValue => (value === null ? null : JSON.stringify(value))

const definitions: readonly Definition[] = [
  ['cell', 'text', ({ key }) => key],
  ['source', 'text', ({ names }) => names.source],
  ['target', 'text', ({ names }) => names.target],
  asked('method', 'text'),
  ...['seed', 'shots', 'steps', 'batch'].map((name) => asked(name, 'integer')),
  ...['backend', 'ptu'].map((name) => asked(name, 'text')),
  ['depth', 'integer', ({ result }) => result.depth],
  ['rate', 'number', ({ result }) => result.rate],
  ['accuracy', 'number', ({ result }) => result.accuracy],
  ['parameters', 'integer', ({ result }) => result.parameters],
  ['seconds', 'number', ({ result }) => result.seconds],
  asked('target data', 'text'),
  asked('source', 'text', 'source network'),
]

/** The table of finished cells by columns, a row each, ordered by source, target, method, shots and seed. */
export const cellColumns = (cells: readonly FinishedCell[]): readonly CellColumn[] => {
  const rows = cells.map((cell) => ({ cell, order: orderOf(cell) })).toSorted((a, b) => (a.order < b.order ? -1 : 1))
  return definitions.map(([name, type, value]) => ({
    ...{ name, type },
    values: rows.map(({ cell }) => (fits[type](value(cell)) ? value(cell) : null)),
  }))
}

/** Tells whether a value is of the type of its column: who writes into a store may write anything. */
const fits: Readonly<Record<CellColumn['type'], (value: CellValue) => boolean>> = {
  text: (value) => typeof value === 'string',
  integer: Number.isSafeInteger,
  number: Number.isFinite,
}

const orderOf = ({ names, question }: FinishedCell): string =>
  canonical([names.source, names.target, question['method'] ?? null, pad(question['shots']), pad(question['seed'])])

/** A number with zeros before it, so that texts have the order of numbers. */
const pad = (value: Json | undefined): string => canonical(value ?? 0).padStart(12, '0')

/** A value of a CSV table. A text that a spreadsheet would run as a formula gets an apostrophe before it. */
const quoted = (value: CellValue): string => {
  if (typeof value !== 'string') return value === null ? '' : String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/**
 * The table of finished cells as CSV.
 *
 * References:
 *   Shafranovich, "Common Format and MIME Type for CSV Files", RFC 4180, 2005, §2, https://www.rfc-editor.org/rfc/rfc4180
 */
export const cellsTable = (cells: readonly FinishedCell[]): string => {
  const columns = cellColumns(cells)
  const lines = cells.map((_, row) => columns.map(({ values }) => quoted(values[row] ?? null)).join(','))
  return [columns.map(({ name }) => name).join(','), ...lines, ''].join('\n')
}
