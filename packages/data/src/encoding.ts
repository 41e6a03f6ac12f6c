import type { Json } from '@ptu/core'

import { quoted } from './errors.ts'
import { widthOfAll, type Column } from './table.ts'
import type { TargetRule } from './target-rule.ts'
import type { TokenUnit } from './texts.ts'
import type { TokenRoom } from './tokenizer.ts'

/** The columns of the labels, which a model remembers for data to test on. */
export interface LabelEncoding {
  /** The column of the labels; several between commas. */
  readonly label: string
  /** The rule by which labels are read; absent where each example has one class. */
  readonly target?: TargetRule | undefined
}

/** The names of the columns of the labels. */
export const labelNamesOf = ({ label, target }: LabelEncoding): readonly string[] => target?.columns ?? [label]

/** The way from a row of a table to numbers; JSON can hold it, so that a model can remember its inputs. */
export interface TableEncoding extends LabelEncoding {
  readonly kind: 'table'
  /** The other columns, in the order of the numbers that they make. */
  readonly columns: readonly Column[]
  /** The rule for missing cells; `mean` fills numbers by the column's mean and categories by none. */
  readonly missing: 'refuse' | 'drop' | 'mean'
}

/** The way from a text to numbers: `log(1 + n_t)` for each token t of a vocabulary, where `n_t` is how often it comes. */
export interface TextEncoding extends LabelEncoding {
  readonly kind: 'text'
  /** The column of the texts. */
  readonly text: string
  readonly unit: TokenUnit
  readonly vocabulary: readonly string[]
}

/** The rule that a pretrained encoder numbers texts by. */
export interface TokenRule extends TokenRoom {
  /** The `tokenizer.json` of the encoder. */
  readonly tokenizer: Json
}

/** The way from a text to the ids of a pretrained encoder's tokenizer. */
export interface TokensEncoding extends TokenRule, LabelEncoding {
  readonly kind: 'tokens'
  /** The column of the texts. */
  readonly text: string
}

/** The way from an example in a file to the numbers of a data set. */
export type Encoding = TableEncoding | TextEncoding | TokensEncoding

/** The kind of rows that an encoding reads. */
export const rowsKind = ({ kind }: Encoding): 'table' | 'text' => (kind === 'table' ? 'table' : 'text')

/** Tells how many numbers an example has. */
export const encodedWidth = (encoding: Encoding): number => {
  if (encoding.kind === 'table') return widthOfAll(encoding.columns)
  return encoding.kind === 'text' ? encoding.vocabulary.length : encoding.steps
}

/** Says in a line what the inputs are: `4 columns: width, colour (red, blue), …`. */
export const encodingWords = (encoding: Encoding): string => {
  if (encoding.kind === 'text')
    return `texts of the column ${quoted(encoding.text)} as counts of ${encoding.vocabulary.length} ${encoding.unit}s`
  if (encoding.kind === 'tokens')
    return `texts of the column ${quoted(encoding.text)} as at most ${encoding.steps} tokens of its tokenizer`
  const { columns } = encoding
  const few = columns.slice(0, 20).map(columnWords)
  const more = columns.length > few.length ? ` and ${columns.length - few.length} more` : ''
  return `${columns.length} columns: ${few.join(', ')}${more}`
}

const columnWords = (column: Column): string =>
  column.kind === 'number'
    ? column.name
    : `${column.name} (${column.categories.slice(0, 10).join(', ')}${column.categories.length > 10 ? ', …' : ''})`

/** An encoded row in words: `width 1.5, colour red`. */
export const rowWords = (columns: readonly Column[], features: ArrayLike<number>): string => {
  let at = 0
  return columns
    .map((column) => {
      const from = at
      at += column.kind === 'number' ? 1 : column.categories.length
      if (column.kind === 'number') return `${column.name} ${Number((features[from] ?? 0).toPrecision(6))}`
      return `${column.name} ${column.categories.find((_, i) => features[from + i] === 1) ?? '(none)'}`
    })
    .join(', ')
}
