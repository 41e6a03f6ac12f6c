import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'

import { classLimit } from './collect-table.ts'
import { counted } from './counted-texts.ts'
import { formatOfPath } from './decode-table.ts'
import { decodeAtOnce, decodeFileInTurns, type Decoding } from './decoding.ts'
import { DataError, quoted } from './errors.ts'
import { labelColumns, type LabelColumns } from './label-columns.ts'
import { listed } from './label-column.ts'
import { lineProblems } from './line-problems.ts'
import { nearName } from './near-name.ts'
import type { Watch } from './watch.ts'
import { separatorOf } from './separator.ts'
import { targetReaders, type RowLabel, type TargetRequest, type TargetRule } from './target-rule.ts'
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
  readonly origin?: TextOrigin
}

/** The lines that texts come from, and the columns of texts and labels. */
export interface TextOrigin {
  readonly lines: readonly number[]
  readonly text: string
  /** Several between commas. */
  readonly label: string
  /** The rule by which labels were read into canonical texts; absent where each is the name of a class. */
  readonly target?: TargetRule
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
  /** The kind of the labels, as in `TableOptions`. */
  readonly target?: TargetRequest | undefined
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
): E.Either<DataError, LabelledTexts> => decodeAtOnce(bytes, () => textsDecoding(bytes, options))

/** The decoding of texts with a label each. */
export const textsDecoding = (
  bytes: Uint8Array,
  options: LabelledTextOptions,
): E.Either<DataError, Decoding<LabelledTexts>> => {
  const checked = checkText(bytes)
  if (E.isLeft(checked)) return checked
  const { format = 'csv' } = options
  const problems = lineProblems()
  const found = { texts: [] as string[], labels: [] as string[], lines: [] as number[] }
  let chosenPlaces: Places | undefined
  const takeRow = (cells: readonly string[], line: number, places: Places): void => {
    const label = labelOf(cells, places)
    if ('why' in label) problems.add(line, `line ${String(line)}${label.why}`)
    if (problems.count() > 0 || 'why' in label) return
    found.texts.push(cells[places.text] ?? '')
    found.labels.push(label.label)
    found.lines.push(line)
  }
  const begin = (cells: readonly string[], line: number): void => {
    const isRow = options.header === false && format !== 'jsonl'
    const chosen = placesOf(isRow ? cells.map((_, i) => String(i + 1)) : cells, options)
    if (E.isLeft(chosen)) problems.add(1, `line 1: ${chosen.left}`)
    const places = E.isLeft(chosen) ? firstCell(cells) : chosen.right
    chosenPlaces = places
    if (isRow) takeRow(cells, line, places)
  }
  return E.right({
    lines: { format, separator: format === 'csv' ? separatorOf(bytes) : '\t', problems },
    take: (cells, line) => {
      if (chosenPlaces === undefined) begin(cells, line)
      else takeRow(cells, line, chosenPlaces)
    },
    finish: () =>
      problems.count() > 0
        ? E.left(new DataError(`it has problems:${problems.text()}`))
        : withOrigin(found, { lines: found.lines, ...columnsOf(chosenPlaces) }),
  })
}

const withOrigin = (
  found: Pick<LabelledTexts, 'texts' | 'labels'>,
  origin: TextOrigin,
): E.Either<DataError, LabelledTexts> =>
  E.map((texts: LabelledTexts) => ({ ...texts, origin }))(
    counted(found, origin.target === undefined ? classLimit : Infinity),
  )

/** The names of the columns of text and label. */
const columnsOf = (places: Places | undefined): Omit<TextOrigin, 'lines'> => ({
  text: places?.names[places.text] ?? '',
  label: (places?.label.places ?? []).map((place) => places?.names[place] ?? '').join(','),
  ...(places?.label.rule && { target: places.label.rule }),
})

/** The label of a row, or what follows the number of its line. */
const labelOf = (cells: readonly string[], row: Places): RowLabel => {
  const problem = rowProblem(cells, row)
  if (problem !== undefined) return { why: `: ${problem}` }
  const { places, rule } = row.label
  const own = places.map((place) => cells[place] ?? '')
  if (rule === undefined) return own[0] ? { label: own[0] } : { why: ': the label is empty' }
  const found = targetReaders[rule.kind].labelOf(own, rule, undefined)
  return 'why' in found ? { why: `, ${found.why}` } : found
}

const rowProblem = (cells: readonly string[], { text, width }: Places): string | undefined => {
  if (cells.length !== width) return `expected ${String(width)} cells, got ${String(cells.length)}`
  return cells[text] === '' ? 'the text is empty' : undefined
}

/** The places of the text and the labels in a row, and the number of its cells. */
interface Places {
  readonly text: number
  readonly label: LabelColumns
  readonly width: number
  readonly names: readonly string[]
}

/** The places of a table that cannot be understood, so that the rest of it is looked through. */
const firstCell = (names: readonly string[]): Places => ({
  text: 0,
  label: { places: [0] },
  width: names.length,
  names,
})

const placesOf = (names: readonly string[], { text, label, target }: LabelledTextOptions): E.Either<string, Places> => {
  const own = names.indexOf(text ?? 'text')
  if (text !== undefined && own < 0)
    return E.left(`expected a column ${quoted(text)}, the columns are ${listed(names)}${nearName(text, names)}`)
  const isPair = names.length === 2
  // Beside a text that is found, the other of two columns is the label whatever it is called.
  const isOther = isPair && own >= 0 && label === undefined
  const found = labelColumns(names, { label: isOther ? names[1 - own] : label, target, unnamed: 'guess' })
  return E.flatMap((columns: LabelColumns) => beside(names, isPair && own < 0 ? 1 - columns.places[0] : own, columns))(
    found,
  )
}

const beside = (names: readonly string[], text: number, label: LabelColumns): E.Either<string, Places> => {
  if (text < 0) return E.left(`which column holds the texts? Name it; the columns are ${listed(names)}`)
  return label.places.includes(text)
    ? E.left(`expected a column of texts and another of labels, the columns are ${listed(names)}`)
    : E.right({ text, label, width: names.length, names })
}

/** Files of texts beyond this are refused before memory is taken, for all texts are kept: 256 MiB. */
const byteLimit = 2 ** 28

/** Reads a file as {@link decodeLabelledTexts} does, in the format that its ending names; files beyond 256 MiB are refused. */
export const readLabelledTexts = (
  path: string,
  options: LabelledTextOptions = {},
  watch: Watch = {},
): TE.TaskEither<DataError, LabelledTexts> =>
  decodeFileInTurns(path, (bytes) => textsDecoding(bytes, { format: formatOfPath(path), ...options }), {
    watch,
    limit: byteLimit,
  })
