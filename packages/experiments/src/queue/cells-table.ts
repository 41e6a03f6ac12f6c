import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { canonical, codeOf, messageOf, type Json } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { RunError } from '../errors.ts'
import { objectFolder } from '../node/object-folder.ts'
import { cellName, decodeCell, type FinishedCell } from '../run/cells.ts'

/** The finished cells of a store, and the names of objects that are none. */
export interface StoredCells {
  readonly cells: readonly FinishedCell[]
  readonly damaged: readonly string[]
}

/** Reads every finished cell in the folder of a store. */
export const storedCells =
  (folder: string): TaskEither<RunError, StoredCells> =>
  async () => {
    const objects = objectFolder(folder)
    const names = await readdir(join(folder, 'cells'), { recursive: true }).catch((cause: unknown) => cause)
    if (!Array.isArray(names))
      return E.left(
        new RunError(
          codeOf(names) === 'ENOENT'
            ? `expected finished cells in ${join(folder, 'cells')}, there are none; name the folder that the workers were given`
            : `cannot read ${folder}: ${messageOf(names)}`,
        ),
      )
    const keys = names.flatMap((name) => /^([0-9a-f]{64})\.json$/.exec(basename(String(name)))?.[1] ?? []).toSorted()
    const read = await Promise.all(
      keys.map(async (key) => {
        const bytes = await objects.find(cellName(key))()
        return E.isRight(bytes) && bytes.right !== undefined ? decodeCell(key, bytes.right) : undefined
      }),
    )
    return E.right({
      cells: read.flatMap((cell) => cell ?? []),
      damaged: keys.filter((_, i) => read[i] === undefined).map(cellName),
    })
  }

type Column = readonly [name: string, value: (cell: FinishedCell) => string | number | null]

const asked = (name: string): Column => [
  name,
  ({ question }) => {
    const value = question[name] ?? null
    return typeof value === 'object' || typeof value === 'boolean' ? JSON.stringify(value) : value
  },
]

const columns: readonly Column[] = [
  ['cell', ({ key }) => key],
  ['source', ({ names }) => names.source],
  ['target', ({ names }) => names.target],
  ...['method', 'seed', 'shots', 'steps', 'batch', 'backend', 'ptu'].map(asked),
  ['depth', ({ result }) => result.depth],
  ['rate', ({ result }) => result.rate],
  ['accuracy', ({ result }) => result.accuracy],
  ['parameters', ({ result }) => result.parameters],
  ['seconds', ({ result }) => result.seconds],
  asked('target data'),
  ['source network', asked('source')[1]],
]

/** A value of a CSV table. A text that a spreadsheet would run as a formula gets an apostrophe before it. */
const quoted = (value: string | number | null): string => {
  if (typeof value !== 'string') return value === null ? '' : String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/**
 * The table of finished cells as CSV, a row each, ordered by target, method, shots and seed.
 *
 * References:
 *   Shafranovich, "Common Format and MIME Type for CSV Files", RFC 4180, 2005, §2, https://www.rfc-editor.org/rfc/rfc4180
 */
export const cellsTable = (cells: readonly FinishedCell[]): string => {
  const order = ({ names, question }: FinishedCell): string =>
    canonical([names.source, names.target, question['method'] ?? null, pad(question['shots']), pad(question['seed'])])
  const rows = cells.toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
  const lines = rows.map((cell) => columns.map(([, value]) => quoted(value(cell))).join(','))
  return [columns.map(([name]) => name).join(','), ...lines, ''].join('\n')
}

/** A number with zeros before it, so that texts have the order of numbers. */
const pad = (value: Json | undefined): string => canonical(value ?? 0).padStart(12, '0')
