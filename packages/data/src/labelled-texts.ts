import { messageOf } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'

import { classLimit } from './collect-table.ts'
import { decodeFile, formatOfPath } from './decode-table.ts'
import { DataError, plural, quoted } from './errors.ts'
import { labelColumn, listed, type LabelColumn } from './label-column.ts'
import { lineProblems } from './line-problems.ts'
import { separatorOf } from './separator.ts'
import { readLines } from './table-lines.ts'
import type { TextFormat } from './text-records.ts'
import { checkText } from './text.ts'

/** Texts as they are in a file, each with one label. */
export interface LabelledTexts {
  readonly texts: readonly string[]
  /** The labels, as many as texts. */
  readonly labels: readonly string[]
  /** The number of texts that equal an earlier one to the letter. */
  readonly repeated: number
  /** The number of these that had another label when they first came. */
  readonly conflicting: number
  /** The line of each text in its file, and the names of the two columns; absent where they are not from a file. */
  readonly origin?: { readonly lines: readonly number[]; readonly text: string; readonly label: string }
}

/** The columns of a file that hold texts and labels. */
export interface LabelledTextOptions {
  /** `csv` unless given: cells between separators, which are told from the first lines. */
  readonly format?: TextFormat
  /** True if the first line names the columns; true unless given. Without names, columns are called `1`, `2`, … */
  readonly header?: boolean | undefined
  /** The column of the texts; unless given, the one called `text`, or of two columns the one that is not the label. */
  readonly text?: string | undefined
  /** The column of the labels, as in `TableOptions`. */
  readonly label?: string | undefined
}

/**
 * Reads texts with a label each from a table or from lines of JSON.
 *
 * A file of two columns may name them as it likes. Every problem is reported with its line, the first ten in one Left:
 * broken rows, columns that are missing, empty texts and labels, more than 1,000 labels.
 *
 * @example
 * ```ts
 * const read = decodeLabelledTexts(new TextEncoder().encode('text,label\n"Go on!",order\nGo on!,order'))
 * expect(E.map(({ texts, repeated }: LabelledTexts) => [texts[0], repeated])(read)).toEqual(E.right(['Go on!', 1]))
 * ```
 */
export const decodeLabelledTexts = (
  bytes: Uint8Array,
  options: LabelledTextOptions = {},
): E.Either<DataError, LabelledTexts> => {
  const checked = checkText(bytes)
  if (E.isLeft(checked)) return checked
  const { format = 'csv' } = options
  const problems = lineProblems()
  const found = { texts: [] as string[], labels: [] as string[], lines: [] as number[] }
  let chosenPlaces: Places | undefined
  const takeRow = (cells: readonly string[], line: number, places: Places): void => {
    const problem = rowProblem(cells, places)
    if (problem !== undefined) problems.add(line, `line ${String(line)}: ${problem}`)
    if (problems.count() > 0) return
    found.texts.push(cells[places.text] ?? '')
    found.labels.push(cells[places.label] ?? '')
    found.lines.push(line)
  }
  const begin = (cells: readonly string[], line: number): void => {
    const isRow = options.header === false && format !== 'jsonl'
    const chosen = placesOf(isRow ? cells.map((_, i) => String(i + 1)) : cells, options)
    if (E.isLeft(chosen)) problems.add(1, `line 1: ${chosen.left}`)
    const places = E.isLeft(chosen) ? { text: 0, label: 0, width: cells.length, names: cells } : chosen.right
    chosenPlaces = places
    if (isRow) takeRow(cells, line, places)
  }
  const read = E.tryCatch(() => {
    const separator = format === 'csv' ? separatorOf(bytes) : '\t'
    readLines(bytes, { format, separator, problems }, (cells, line) => {
      if (chosenPlaces === undefined) begin(cells, line)
      else takeRow(cells, line, chosenPlaces)
    })
  }, messageOf)
  if (E.isLeft(read)) return E.left(new DataError(read.left))
  if (problems.count() > 0) return E.left(new DataError(`it has problems:${problems.text()}`))
  const origin = { lines: found.lines, ...columnsOf(chosenPlaces) }
  return E.map((texts: LabelledTexts) => ({ ...texts, origin }))(counted(found))
}

/** The names of the columns of text and label. */
const columnsOf = (places: Places | undefined): { readonly text: string; readonly label: string } => ({
  text: places?.names[places.text] ?? '',
  label: places?.names[places.label] ?? '',
})

const rowProblem = (cells: readonly string[], { text, label, width }: Places): string | undefined => {
  if (cells.length !== width) return `expected ${String(width)} cells, got ${String(cells.length)}`
  if (cells[text] === '') return 'the text is empty'
  return cells[label] === '' ? 'the label is empty' : undefined
}

/** The places of the text and the label in a row, and the number of its cells. */
interface Places {
  readonly text: number
  readonly label: number
  readonly width: number
  readonly names: readonly string[]
}

const placesOf = (names: readonly string[], { text, label }: LabelledTextOptions): E.Either<string, Places> => {
  const own = names.indexOf(text ?? 'text')
  if (text !== undefined && own < 0)
    return E.left(`expected a column ${quoted(text)}, the columns are ${listed(names)}`)
  const isPair = names.length === 2
  // Beside a text that is found, the other of two columns is the label whatever it is called.
  const isOther = isPair && own >= 0 && label === undefined
  const found = isOther ? E.right({ place: 1 - own }) : labelColumn(names, label, 'guess')
  return E.flatMap(({ place }: LabelColumn) => beside(names, isPair && own < 0 ? 1 - place : own, place))(found)
}

const beside = (names: readonly string[], text: number, label: number): E.Either<string, Places> => {
  if (text < 0) return E.left(`which column holds the texts? Name it; the columns are ${listed(names)}`)
  return text === label
    ? E.left(`expected a column of texts and another of labels, the columns are ${listed(names)}`)
    : E.right({ text, label, width: names.length, names })
}

/** Counts texts that come again; a Left where there is none, or where there are too many labels. */
export const counted = ({
  texts,
  labels,
}: Pick<LabelledTexts, 'texts' | 'labels'>): E.Either<DataError, LabelledTexts> => {
  if (texts.length === 0) return E.left(new DataError('expected at least one text, got none'))
  const classes = new Set(labels).size
  if (classes > classLimit)
    return E.left(
      new DataError(`expected at most ${plural(classLimit, 'label')}, got ${String(classes)}; is it the text?`),
    )
  const first = new Map<string, string>()
  let [repeated, conflicting] = [0, 0]
  texts.forEach((text, i) => {
    const before = first.get(text)
    if (before === undefined) first.set(text, labels[i] as string)
    else {
      repeated++
      if (before !== labels[i]) conflicting++
    }
  })
  return E.right({ texts, labels, repeated, conflicting })
}

/** Files of texts beyond this are refused before memory is taken, for all texts are kept: 256 MiB. */
const byteLimit = 2 ** 28

/** Reads a file as {@link decodeLabelledTexts} does, in the format that its ending names; files beyond 256 MiB are refused. */
export const readLabelledTexts = (
  path: string,
  options: LabelledTextOptions = {},
): TE.TaskEither<DataError, LabelledTexts> =>
  decodeFile(path, (bytes) => decodeLabelledTexts(bytes, { format: formatOfPath(path), ...options }), byteLimit)
