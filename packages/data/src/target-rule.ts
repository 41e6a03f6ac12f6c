import * as E from 'fp-ts/lib/Either.js'

import { sortedNames } from './column-tally.ts'
import { plural, quoted } from './errors.ts'
import { listed } from './label-column.ts'
import { isNumber, type Decimal } from './numbers.ts'
import { listCell } from './list-cell.ts'

/** A request to read labels otherwise than as one class each. */
export interface TargetRequest {
  readonly kind: 'multi-label' | 'regress'
  /** Stands between the labels of a row, where one column holds a list of them. */
  readonly separator?: string | undefined
}

/** The rule by which the labels of rows are read; JSON can hold it, so that a model can remember it. */
export interface TargetRule extends TargetRequest {
  /** The columns of the labels, in their order; one where it holds numbers or lists. */
  readonly columns: readonly string[]
}

/** The labels of a row in one canonical text, which {@link TargetReader} reads again, or what is wrong with them. */
export type RowLabel = { readonly label: string } | { readonly why: string }

/** Labels as numbers, in rows of as many as there are names. */
export interface TargetNumbers {
  readonly names: readonly string[]
  readonly values: Float64Array
  /** The place of the name that each row counts to when rows are spread over folds. */
  readonly strata: Int32Array
}

/** The reading of a kind of labels. */
interface TargetReader {
  /** The label of a row from the cells of its columns. */
  readonly labelOf: (cells: readonly string[], rule: TargetRule, decimal: Decimal | undefined) => RowLabel
  /** The names of labels that the label of a row holds. */
  readonly namesIn: (label: string) => readonly string[]
  /** The numbers of all rows; a Left says why nothing can be learnt from them. `known` are the names of a model. */
  readonly numbersOf: (
    labels: readonly string[],
    rule: TargetRule,
    known: readonly string[] | undefined,
  ) => E.Either<string, TargetNumbers>
}

const onMarks: Readonly<Record<string, boolean>> = {
  ...{ '': false, '0': false, '0.0': false, false: false, no: false },
  ...{ '1': true, '1.0': true, true: true, yes: true },
}

/** Takes the columns that are 1; an empty cell is no label. */
const columnsOn = (cells: readonly string[], { columns }: TargetRule): RowLabel => {
  const on: string[] = []
  for (const [i, cell] of cells.entries()) {
    const mark = cell.trim().toLowerCase()
    const name = columns[i] ?? ''
    if (!Object.hasOwn(onMarks, mark)) return { why: `column ${quoted(name)}: expected 0 or 1, got ${quoted(cell)}` }
    if (onMarks[mark] === true) on.push(name)
  }
  return { label: JSON.stringify(on) }
}

const listOn = ([cell = '']: readonly string[], { columns: [name = ''], separator = ';' }: TargetRule): RowLabel => {
  const items = listCell(cell, separator)
  return E.isLeft(items)
    ? { why: `column ${quoted(name)}: ${items.left}` }
    : { label: JSON.stringify([...new Set(items.right)]) }
}

const namesInSet = (label: string): readonly string[] => JSON.parse(label) as readonly string[]

/** More labels than this are taken for a mistake. */
const labelLimit = 1000

const setsOf = (
  labels: readonly string[],
  { columns, separator }: TargetRule,
  known: readonly string[] | undefined,
): E.Either<string, TargetNumbers> => {
  const sets = labels.map(namesInSet)
  const names = known ?? (separator === undefined ? columns : sortedNames([...new Set(sets.flat())]))
  if (names.length > labelLimit) return E.left(`expected at most ${plural(labelLimit, 'label')}, got ${names.length}`)
  const places = new Map(names.map((name, place) => [name, place]))
  const values = new Float64Array(sets.length * names.length)
  for (const [row, set] of sets.entries())
    for (const name of set) {
      const place = places.get(name)
      if (place === undefined) return E.left(`the label ${quoted(name)} is not one that the model knows`)
      values[row * names.length + place] = 1
    }
  const counts = names.map((_, place) =>
    sets.reduce((sum, _set, row) => sum + (values[row * names.length + place] as number), 0),
  )
  const problem = known === undefined ? setsProblem(names, counts, sets.length) : undefined
  return problem === undefined ? E.right({ names, values, strata: rarestOf(values, counts) }) : E.left(problem)
}

/** The reason that labels teach nothing; undefined where they do. */
const setsProblem = (names: readonly string[], counts: readonly number[], rows: number): string | undefined => {
  if (names.length < 2) return `expected two labels or more, got ${listed(names) || 'none'}`
  const at = (wanted: number): readonly string[] => names.filter((_, i) => counts[i] === wanted)
  if (at(0).length > 0) return `the labels ${listed(at(0))} are on in no row: leave them out of --label`
  if (at(rows).length > 0)
    return `the labels ${listed(at(rows))} are on in every row, so that there is nothing to tell apart: leave them out`
  return undefined
}

/** The place of the rarest label of each row; of rows without one, that of the commonest label of all. */
const rarestOf = (values: Float64Array, counts: readonly number[]): Int32Array => {
  const width = counts.length
  const commonest = counts.indexOf(Math.max(...counts))
  return Int32Array.from({ length: values.length / width }, (_, row) =>
    counts.reduce((best, count, place) => {
      if (values[row * width + place] !== 1) return best
      return best < 0 || count < (counts[best] as number) ? place : best
    }, -1),
  ).map((place) => (place < 0 ? commonest : place))
}

/** Numbers such as 1,234: a thousand and more, or a little more than one. */
const either = /^[+-]?\d{1,3},\d{3}$/

const numberOf = (cell: string, decimal: Decimal | undefined): number | undefined => {
  if (decimal !== ',' && isNumber(cell)) return Number(cell)
  const isComma = decimal !== '.' && isNumber(cell.replace(',', '.')) && cell.includes(',') && !cell.includes('.')
  return isComma && !(decimal === undefined && either.test(cell)) ? Number(cell.replace(',', '.')) : undefined
}

const regressed = (
  [cell = '']: readonly string[],
  { columns: [name = ''] }: TargetRule,
  decimal: Decimal | undefined,
): RowLabel => {
  const value = numberOf(cell.trim(), decimal)
  if (value !== undefined && Number.isFinite(value)) return { label: String(value) }
  return {
    why: `column ${quoted(name)}: expected a number to predict, got ${cell === '' ? 'an empty cell' : quoted(cell)}`,
  }
}

const numbersIn = (
  labels: readonly string[],
  { columns: [name = ''] }: TargetRule,
  known: readonly string[] | undefined,
): E.Either<string, TargetNumbers> => {
  const values = Float64Array.from(labels, Number)
  if (known === undefined && values.length < 2) return E.left(`expected two rows or more, got ${values.length}`)
  if (known === undefined && values.every((value) => value === values[0]))
    return E.left(`the column ${quoted(name)} holds ${values[0] ?? ''} in every row: there is nothing to predict`)
  return E.right({ names: known ?? [name], values, strata: new Int32Array(values.length) })
}

/** The kinds of labels besides one class for each row. */
export const targetReaders: Readonly<Record<TargetRule['kind'], TargetReader>> = {
  'multi-label': {
    labelOf: (cells, rule) => (rule.separator === undefined ? columnsOn(cells, rule) : listOn(cells, rule)),
    namesIn: namesInSet,
    numbersOf: setsOf,
  },
  regress: { labelOf: regressed, namesIn: () => [], numbersOf: numbersIn },
}
