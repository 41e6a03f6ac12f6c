import * as E from 'fp-ts/lib/Either.js'

import { missingMarks } from './collect-table.ts'
import { tokenCounts } from './classify-texts.ts'
import { encodedWidth, rowWords, type Encoding, type TableEncoding, type TextEncoding } from './encoding.ts'
import { plural, quoted } from './errors.ts'
import { listed } from './label-column.ts'
import { numberReader } from './numbers.ts'
import { widthOf, type CategoryColumn, type Column, type NumberColumn } from './table.ts'
import { tokenise } from './texts.ts'

/** A row as a model reads it, or why it cannot be read. */
export type EncodedRow =
  | {
      readonly features: Float32Array
      /** The row as people read it. */
      readonly shown: string
    }
  | { readonly why: string }

/** Takes the cells of a row. */
export type EncodeRow = (cells: readonly string[]) => EncodedRow

/** Brings the rows of new files to the columns that a model was trained on. */
export interface RowEncoder {
  /** The names that a file must have, without that of the label. */
  readonly names: readonly string[]
  /** Finds these names among those of a file; other columns are ignored. */
  encode(names: readonly string[]): EncodeRow
  /** What was ignored and what was not known before, with how often it came. */
  notes(): readonly string[]
}

/** Counts that are filled while rows are read. */
interface Seen {
  readonly ignored: Set<string>
  /** How often each category came that training did not have, by column and name. */
  readonly unseen: Map<string, number>
  unknownTokens: number
  tokens: number
}

type CellProblem = string | undefined

const tableEncoder = ({ columns, label, missing }: TableEncoding): RowEncoder => {
  const seen = nothingSeen()
  const width = encodedWidth({ kind: 'table', columns, label, missing })
  const reader = numberReader('.')
  const places = columns.map(
    (column) => new Map(column.kind === 'category' ? column.categories.map((name, i) => [name, i]) : []),
  )
  const putNumber = (column: NumberColumn, cell: string, at: number, out: Float32Array): CellProblem => {
    const isMissing = missingMarks.has(cell)
    if (isMissing && missing !== 'mean') return `column ${quoted(column.name)}: the cell is missing`
    const value = isMissing ? column.mean : reader.read(decimalPoint(cell), 0)
    if (value === undefined || !Number.isFinite(value))
      return `column ${quoted(column.name)}: expected a number, got ${quoted(cell)}`
    out[at] = value
    return undefined
  }
  const putCategory = (column: CategoryColumn, cell: string, at: number, out: Float32Array, i: number): CellProblem => {
    const place = places[i]?.get(cell)
    if (place !== undefined) {
      out[at + place] = 1
      return undefined
    }
    if (missingMarks.has(cell))
      return missing === 'mean' ? undefined : `column ${quoted(column.name)}: the cell is missing`
    count(seen.unseen, `${quoted(cell)} in ${quoted(column.name)}`)
    return undefined
  }
  const put = (column: Column, cell: string, at: number, out: Float32Array, i: number): CellProblem =>
    column.kind === 'number' ? putNumber(column, cell, at, out) : putCategory(column, cell, at, out, i)
  return {
    names: columns.map(({ name }) => name),
    encode: (names) => {
      noteIgnored(seen, names, [label, ...columns.map(({ name }) => name)])
      const from = columns.map(({ name }) => names.indexOf(name))
      return (cells) => {
        const features = new Float32Array(width)
        let at = 0
        for (const [i, column] of columns.entries()) {
          const problem = put(column, cells[from[i] as number] ?? '', at, features, i)
          if (problem !== undefined) return { why: problem }
          at += widthOf(column)
        }
        return { features, shown: rowWords(columns, features) }
      }
    },
    notes: () => notesOf(seen),
  }
}

/** A number with a decimal comma as one with a point. */
const decimalPoint = (cell: string): string => (/^[+-]?\d*,\d+$/.test(cell) ? cell.replace(',', '.') : cell)

const textEncoder = ({ text, label, unit, vocabulary }: TextEncoding): RowEncoder => {
  const seen = nothingSeen()
  const tokens = new Map(vocabulary.map((token, i) => [token, i]))
  return {
    names: [text],
    encode: (names) => {
      noteIgnored(seen, names, [text, label])
      const from = names.indexOf(text)
      return (cells) => {
        const shown = cells[from] ?? ''
        const own = tokenise(shown, unit)
        if (own.length === 0) return { why: 'the text holds no token' }
        seen.tokens += own.length
        seen.unknownTokens += own.filter((token) => !tokens.has(token)).length
        return { features: tokenCounts(own, tokens), shown }
      }
    },
    notes: () => notesOf(seen),
  }
}

const encoders: {
  readonly [K in Encoding['kind']]: (encoding: Extract<Encoding, { readonly kind: K }>) => RowEncoder
} = { table: tableEncoder, text: textEncoder }

/** The encoder of new rows. */
export const rowEncoder = <K extends Encoding['kind']>(
  encoding: Extract<Encoding, { readonly kind: K }>,
): RowEncoder => {
  const make: (encoding: Extract<Encoding, { readonly kind: K }>) => RowEncoder = encoders[encoding.kind as K]
  return make(encoding)
}

/** Finds names among those of a file; a Left says which lack and which are there. */
export const checkNames = (
  wanted: readonly string[],
  names: readonly string[],
): E.Either<string, readonly string[]> => {
  const own = new Set(names)
  const lacking = wanted.filter((name) => !own.has(name))
  return lacking.length === 0
    ? E.right(names)
    : E.left(`expected the columns that the model was trained on, it lacks ${listed(lacking)}; it has ${listed(names)}`)
}

const nothingSeen = (): Seen => ({ ignored: new Set(), unseen: new Map(), unknownTokens: 0, tokens: 0 })

const count = (counts: Map<string, number>, name: string): void => {
  // A hostile file cannot fill the memory with names.
  if (counts.has(name) || counts.size < 1000) counts.set(name, (counts.get(name) ?? 0) + 1)
}

const noteIgnored = (seen: Seen, names: readonly string[], known: readonly string[]): void => {
  for (const name of names) if (!known.includes(name)) seen.ignored.add(name)
}

const notesOf = ({ ignored, unseen, unknownTokens, tokens }: Seen): readonly string[] => {
  const cells = [...unseen.values()].reduce((sum, n) => sum + n, 0)
  const few = [...unseen].slice(0, 5).map(([name, n]) => `${name} (${n})`)
  return [
    ...(ignored.size > 0 ? [`ignored, as training did not have them: the columns ${listed([...ignored])}`] : []),
    ...(cells > 0
      ? [
          `${plural(cells, 'cell')} with a category that training did not have, taken as none of those that it had: ` +
            `${few.join(', ')}${unseen.size > few.length ? ', …' : ''}`,
        ]
      : []),
    ...(unknownTokens > 0
      ? [`${unknownTokens} of ${plural(tokens, 'token')} are not in the vocabulary; they count as one unknown token`]
      : []),
  ]
}
