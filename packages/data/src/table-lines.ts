import { atOnce, inTurns, isRecord, messageOf, type Stepwise } from '@ptu/core'

import { quoted } from './errors.ts'
import { lineProblems, type LineProblems } from './line-problems.ts'
import { checkGoingOn, type Watch } from './watch.ts'
import { eachRow, eachRowInTurns, pieceSize, separatorOf, type Separator, type TakeCells } from './separator.ts'
import type { TextFormat } from './text-records.ts'

/** The options of {@link readLines}. */
export interface LineOptions {
  readonly format: TextFormat
  readonly separator: Separator
  readonly problems: LineProblems
}

/**
 * Gives the rows of a table one by one; for JSONL the names of columns come first.
 *
 * An object of JSONL gives the cells of the first object's fields; a field that is null or not there is an empty cell.
 * Throws on broken quotes.
 */
export const readLines = (bytes: Uint8Array, options: LineOptions, take: TakeCells): void => {
  if (options.format === 'jsonl') atOnce(objectSteps(bytes, options.problems, take))
  else eachRow(bytes, options.separator, take)
}

/** Gives the rows as {@link readLines} does, while timers, signals and other work have their turn; throws once the signal aborts. */
export const readLinesInTurns = async (
  bytes: Uint8Array,
  { format, separator, problems }: LineOptions,
  take: TakeCells,
  watch: Watch,
): Promise<void> => {
  if (format !== 'jsonl') {
    await eachRowInTurns(bytes, separator, take, watch)
    return
  }
  await inTurns(objectSteps(bytes, problems, take), {
    onPart: (part) => {
      watch.progress?.(part * bytes.length, bytes.length)
      checkGoingOn(watch)
    },
  })
}

/** The cells of the first row, or the fields of the first object; none if they cannot be read. */
export const firstNames = (bytes: Uint8Array, format: TextFormat): readonly string[] => {
  let names: readonly string[] | undefined
  const take = (cells: readonly string[]): void => void (names ??= cells)
  const end = bytes.indexOf(newline)
  const first = end < 0 ? bytes : bytes.subarray(0, end)
  try {
    readLines(
      first,
      { format, separator: format === 'tsv' ? '\t' : separatorOf(bytes), problems: lineProblems() },
      take,
    )
  } catch {
    // What is wrong is said by whoever reads the whole file.
  }
  return names ?? []
}

const newline = 10

const objectSteps = function* (bytes: Uint8Array, problems: LineProblems, take: TakeCells): Stepwise<void> {
  const decoder = new TextDecoder('utf-8')
  let names: readonly string[] | undefined
  // By bytes, however many lines they are: lines may be long.
  for (let line = 1, from = 0, pause = 0; from < bytes.length; line++) {
    if (from >= pause) {
      yield from / bytes.length
      pause = from + pieceSize
    }
    const next = bytes.indexOf(newline, from)
    const end = next < 0 ? bytes.length : next
    const text = decoder.decode(bytes.subarray(from, end)).trim()
    from = end + 1
    if (text === '') continue
    const fields = fieldsIn(text)
    if (typeof fields === 'string') {
      problems.add(line, `line ${String(line)}: ${fields}`)
      continue
    }
    if (names === undefined) take((names = Object.keys(fields)), 0)
    const cells = cellsOf(fields, names)
    if (typeof cells === 'string') problems.add(line, `line ${String(line)}: ${cells}`)
    else take(cells, line)
  }
}

type Fields = Readonly<Record<string, unknown>>

/** The fields of an object in JSON, or what is wrong with it. */
const fieldsIn = (text: string): Fields | string => {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : 'expected a JSON object'
  } catch (cause) {
    return `expected a JSON object: ${messageOf(cause)}`
  }
}

/** The cells of an object's fields in the order of the names, or what is wrong with them. */
const cellsOf = (fields: Fields, names: readonly string[]): readonly string[] | string => {
  const cells: string[] = []
  for (const name of names) {
    const cell = textOf(Object.hasOwn(fields, name) ? fields[name] : null)
    if (cell === undefined) return `expected a number or a text in ${quoted(name)}, got a list or an object`
    cells.push(cell)
  }
  const own = Object.keys(fields)
  if (own.length <= names.length && own.every((name, i) => name === names[i])) return cells
  const known = new Set(names)
  const stray = own.find((name) => !known.has(name))
  return stray === undefined ? cells : `the first object has no field ${quoted(stray)}`
}

/** A value of JSON as the text of a cell; undefined for a list or an object. */
const textOf = (value: unknown): string | undefined => {
  if (value === null) return ''
  if (typeof value === 'string') return value.trim()
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}
