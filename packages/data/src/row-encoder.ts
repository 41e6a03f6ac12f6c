import * as E from 'fp-ts/lib/Either.js'

import { missingMarks } from './collect-table.ts'
import { tokenCounts } from './classify-texts.ts'
import {
  encodedWidth,
  labelNamesOf,
  rowWords,
  type Encoding,
  type TableEncoding,
  type TextEncoding,
  type TokensEncoding,
} from './encoding.ts'
import { plural, quoted } from './errors.ts'
import { listed } from './label-column.ts'
import { decimalPoint, numberReader } from './numbers.ts'
import { widthOf, type CategoryColumn, type NumberColumn } from './table.ts'
import { tokenise } from './texts.ts'
import { tokensEncoder } from './tokens-encoder.ts'

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
  readonly encode: (names: readonly string[]) => EncodeRow
  /** Gives notes on ignored and unknown cells, with their counts. */
  readonly notes: () => readonly string[]
}

/** Counts that are filled while rows are read. */
interface Seen {
  readonly ignored: Set<string>
  /** The counts of categories that training did not have, by column and name. */
  readonly unseen: Map<string, number>
  unknownTokens: number
  tokens: number
}

/** Puts a cell of a column at its place among the numbers of a row; what is wrong with it, where anything is. */
type PutCell = (cell: string, out: Float32Array, at: number) => string | undefined

const putNumber =
  ({ name, mean }: NumberColumn, missing: TableEncoding['missing']): PutCell =>
  (cell, out, at) => {
    const isMissing = missingMarks.has(cell)
    if (isMissing && missing !== 'mean') return `column ${quoted(name)}: the cell is missing`
    const value = isMissing ? mean : points.read(decimalPoint(cell), 0)
    if (value === undefined || !Number.isFinite(value))
      return `column ${quoted(name)}: expected a number, got ${quoted(cell)}`
    out[at] = value
    return undefined
  }

const putCategory = (
  { name, categories }: CategoryColumn,
  missing: TableEncoding['missing'],
  unseen: Seen['unseen'],
): PutCell => {
  const places = new Map(categories.map((category, i) => [category, i]))
  return (cell, out, at) => {
    const place = places.get(cell)
    if (place !== undefined) out[at + place] = 1
    else if (!missingMarks.has(cell)) count(unseen, `${quoted(cell)} in ${quoted(name)}`)
    else if (missing !== 'mean') return `column ${quoted(name)}: the cell is missing`
    return undefined
  }
}

const tableEncoder = (encoding: TableEncoding): RowEncoder => {
  const { columns, missing } = encoding
  const seen = nothingSeen()
  const names = columns.map(({ name }) => name)
  const width = encodedWidth(encoding)
  const puts = columns.map((column) =>
    column.kind === 'number' ? putNumber(column, missing) : putCategory(column, missing, seen.unseen),
  )
  return {
    names,
    encode: (there) => {
      noteIgnored(seen, there, [...labelNamesOf(encoding), ...names])
      const from = names.map((name) => there.indexOf(name))
      return (cells) => {
        const features = new Float32Array(width)
        let at = 0
        for (const [i, column] of columns.entries()) {
          const problem = puts[i]?.(cells[from[i] as number] ?? '', features, at)
          if (problem !== undefined) return { why: problem }
          at += widthOf(column)
        }
        return { features, shown: rowWords(columns, features) }
      }
    },
    notes: () => notesOf(seen),
  }
}

/** Numbers with a decimal point. */
const points = numberReader('.')

/** Encodes the cells of the column of texts. */
const columnEncoder = (
  { text, ...labels }: Pick<TextEncoding, 'text' | 'label' | 'target'>,
  seen: Seen,
  encode: (shown: string) => { readonly features: Float32Array } | { readonly why: string },
): Pick<RowEncoder, 'names' | 'encode'> => ({
  names: [text],
  encode: (names) => {
    noteIgnored(seen, names, [text, ...labelNamesOf(labels)])
    const from = names.indexOf(text)
    return (cells) => {
      const shown = cells[from] ?? ''
      return { ...encode(shown), shown }
    }
  },
})

const textEncoder = (encoding: TextEncoding): RowEncoder => {
  const seen = nothingSeen()
  const tokens = new Map(encoding.vocabulary.map((token, i) => [token, i]))
  const column = columnEncoder(encoding, seen, (shown) => {
    const own = tokenise(shown, encoding.unit)
    if (own.length === 0) return { why: 'the text holds no token' }
    seen.tokens += own.length
    seen.unknownTokens += own.filter((token) => !tokens.has(token)).length
    return { features: tokenCounts(own, tokens) }
  })
  return { ...column, notes: () => notesOf(seen) }
}

/** Throws {@link DataError} for a tokenizer that cannot be used. */
const numbersEncoder = (encoding: TokensEncoding): RowEncoder => {
  const seen = nothingSeen()
  const tokens = tokensEncoder(encoding)
  const column = columnEncoder(encoding, seen, (shown) => {
    const found = tokens.encode(shown)
    return 'why' in found ? found : { features: found.ids }
  })
  return { ...column, notes: () => [...notesOf(seen), ...tokens.notes()] }
}

/** The encoder of new rows. */
export const rowEncoder = (encoding: Encoding): RowEncoder => {
  if (encoding.kind === 'table') return tableEncoder(encoding)
  return encoding.kind === 'text' ? textEncoder(encoding) : numbersEncoder(encoding)
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
