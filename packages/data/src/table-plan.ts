import * as E from 'fp-ts/lib/Either.js'

import { columnTally, type ColumnTally } from './column-tally.ts'
import { labelColumns, type LabelColumns } from './label-columns.ts'
import { listed, type UnnamedLabel } from './label-column.ts'
import { quoted } from './errors.ts'
import type { HeaderRule } from './table-header.ts'
import type { TargetRequest } from './target-rule.ts'
import type { Column } from './table.ts'
import type { Decimal } from './numbers.ts'

/** The form that a table must have, and the treatment of cells and columns that differ from it. */
export interface TableRules {
  readonly header: HeaderRule
  readonly label: string | number | undefined
  /** The kind of the labels, where they are not one class each. */
  readonly target: TargetRequest | undefined
  readonly unnamed: UnnamedLabel
  readonly decimal: Decimal | undefined
  /** The treatment of a column of texts: take them as categories, or refuse them. */
  readonly texts: 'categories' | 'refuse'
  readonly missing: 'refuse' | 'drop' | 'mean'
  readonly categories: readonly string[]
  readonly ignore: readonly string[]
  readonly columns: readonly Column[] | undefined
  readonly classes: readonly string[] | undefined
}

/** The way from the cells of a row to columns and label. */
export interface TablePlan {
  readonly names: readonly string[]
  /** The columns of the labels. */
  readonly label: LabelColumns
  /** The place of each cell among the columns; -1 for labels and ignored columns. */
  readonly places: Int32Array
  readonly tallies: readonly ColumnTally[]
  readonly warnings: readonly string[]
}

/** Decides the use of each column of a table; a Left names those that are missing or too many. */
export const tablePlan = (names: readonly string[], rules: TableRules): E.Either<string, TablePlan> => {
  const label = labelColumns(names, rules)
  if (E.isLeft(label)) return label
  const own = new Set(names)
  const stray = [...rules.ignore, ...rules.categories].filter((name) => !own.has(name))
  if (stray.length > 0) return E.left(`there is no column ${listed(stray)}; the columns are ${listed(names)}`)
  const ignored = new Set([...rules.ignore, ...label.right.places.map((place) => names[place] as string)])
  const used = names.filter((name) => !ignored.has(name))
  if (used.length === 0) return E.left('expected at least one column of numbers and one of labels')
  const { columns } = rules
  const problem =
    columns === undefined
      ? undefined
      : differenceOf(
          columns.map(({ name }) => name),
          used,
        )
  if (problem !== undefined) return E.left(problem)
  const named = new Set(rules.categories)
  const tallies =
    columns?.map((column) => columnTally(column.name, column, false)) ??
    used.map((name) => columnTally(name, undefined, named.has(name)))
  const placeOf = new Map(tallies.map(({ name }, place) => [name, place]))
  return E.right({
    names,
    label: label.right,
    places: Int32Array.from(names, (name) => (ignored.has(name) ? -1 : (placeOf.get(name) as number))),
    tallies,
    warnings: label.right.warning === undefined ? [] : [label.right.warning],
  })
}

/** The names that are missing and those that are too many, or undefined. */
export const differenceOf = (wanted: readonly string[], there: readonly string[]): string | undefined => {
  const [known, own] = [new Set(wanted), new Set(there)]
  const lacking = wanted.filter((name) => !own.has(name))
  const extra = there.filter((name) => !known.has(name))
  if (lacking.length === 0 && extra.length === 0) return undefined
  const parts = [
    ...(lacking.length > 0 ? [`without ${listed(lacking)}`] : []),
    ...(extra.length > 0 ? [`with ${listed(extra)} too many`] : []),
  ]
  return `expected the columns ${listed(wanted)}, got them ${parts.join(' and ')}`
}

/** A column's name as problems show it. */
export const cellName = (line: number, name: string): string => `line ${String(line)}, column ${quoted(name)}`
