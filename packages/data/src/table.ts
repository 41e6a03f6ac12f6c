import type { Dataset } from './dataset.ts'
import type { TargetRule } from './target-rule.ts'

/** A column of numbers. */
export interface NumberColumn {
  readonly kind: 'number'
  readonly name: string
  /** The mean of its cells, which stands for a missing one. */
  readonly mean: number
}

/** A column of names: each becomes a 1 in a place of its own, the other places 0 (one-hot). */
export interface CategoryColumn {
  readonly kind: 'category'
  readonly name: string
  /** The names that occur, in the order of their places. */
  readonly categories: readonly string[]
}

/** The kind of a table's column; JSON can hold it, so that a model can remember its inputs. */
export type Column = NumberColumn | CategoryColumn

/** A data set that knows its columns. */
export interface Table {
  /** The shape is `[numbers of all columns]` unless another was asked for. */
  readonly dataset: Dataset
  /** In the order of the features, without the label. */
  readonly columns: readonly Column[]
  /** The column of the labels; several between commas. */
  readonly label: string
  /** The rule by which labels were read; absent where each row has one class. */
  readonly target?: TargetRule
  /** The line of each row in its file. */
  readonly lines: readonly number[]
  /** Warnings to read before the table is used: columns that tell nothing, rows left out, guesses. */
  readonly warnings: readonly string[]
}

/** The number of numbers that a column adds to an example. */
export const widthOf = (column: Column): number => (column.kind === 'number' ? 1 : column.categories.length)

/** The number of numbers in an example of these columns. */
export const widthOfAll = (columns: readonly Column[]): number =>
  columns.reduce((sum, column) => sum + widthOf(column), 0)
