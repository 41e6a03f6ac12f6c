import { quoted } from './errors.ts'
import type { LineProblem } from './line-problems.ts'
import { isNumber } from './numbers.ts'
import type { Column } from './table.ts'

/** More different names than this are taken for texts, not categories. */
const categoryLimit = 100

/** The cells of a column that have been seen, counted. */
export interface ColumnTally {
  readonly name: string
  /** The required kind of the column, if it is known. */
  readonly known: Column | undefined
  /** True if all cells are names, numbers too. */
  readonly isNamed: boolean
  numbers: number
  texts: number
  missing: number
  sum: number
  /** True if each number is the one before plus 1. */
  counts: boolean
  /** True if all cells are equal. */
  isConstant: boolean
  last: number
  /** The number of each name, in the order in which they come. */
  readonly categories: Map<string, number>
  /** The first ten texts, with their lines. */
  readonly samples: { readonly line: number; readonly text: string }[]
}

export const columnTally = (name: string, known: Column | undefined, isNamed: boolean): ColumnTally => ({
  name,
  known,
  isNamed: known === undefined ? isNamed : known.kind === 'category',
  numbers: 0,
  texts: 0,
  missing: 0,
  sum: 0,
  counts: true,
  isConstant: true,
  last: NaN,
  categories: new Map(known?.kind === 'category' ? known.categories.map((category, i) => [category, i]) : []),
  samples: [],
})

const noteValue = (tally: ColumnTally, value: number): void => {
  if (tally.numbers + tally.texts > 0) {
    tally.counts &&= value === tally.last + 1
    tally.isConstant &&= value === tally.last
  }
  tally.last = value
}

/** Takes a number; gives it back. */
export const noteNumber = (tally: ColumnTally, value: number): number => {
  noteValue(tally, value)
  tally.numbers++
  tally.sum += value
  return value
}

/** Takes a text; gives its number among the names. Names beyond the limit have none. */
export const noteText = (tally: ColumnTally, text: string, line: number): number => {
  const { categories, known, samples } = tally
  const isRoom = known === undefined && categories.size <= categoryLimit
  if (isRoom && !categories.has(text)) categories.set(text, categories.size)
  const value = categories.get(text) ?? NaN
  noteValue(tally, value)
  tally.texts++
  if (samples.length < 10) samples.push({ line, text })
  return value
}

/** The kind of a column, or the problems of its cells. */
export type ColumnFound =
  { readonly column: Column } | { readonly problems: readonly LineProblem[]; readonly uncounted: number }

/** Decides the kind of a column from all its cells: numbers if all are numbers, categories if none is. */
export const columnFound = (tally: ColumnTally): ColumnFound => {
  const { name, known, numbers, texts, sum, categories } = tally
  const problem = (text: string): ColumnFound => ({
    problems: [{ line: 0, problem: `column ${quoted(name)}: ${text}` }],
    uncounted: 0,
  })
  if (known !== undefined) return { column: known }
  if (numbers === 0 && texts === 0) return problem('every cell is missing; leave the column out with `ignore`')
  if (texts === 0) return { column: { kind: 'number', name, mean: sum / numbers } }
  if (numbers > 0) return mixed(tally)
  if (categories.size > categoryLimit)
    return problem(
      `it has more than ${String(categoryLimit)} different texts, expected numbers or categories; leave it out with ` +
        '`ignore`, or read the file as texts',
    )
  return { column: { kind: 'category', name, categories: sortedNames([...categories.keys()]) } }
}

/** The cells of a column that differ in kind from most of its cells. */
const mixed = ({ name, numbers, texts, samples }: ColumnTally): ColumnFound => {
  if (numbers < texts)
    return {
      problems: [
        {
          line: 0,
          problem:
            `column ${quoted(name)}: ${String(texts)} cells are texts, ${String(numbers)} are numbers; correct them, or ` +
            'name the column in `categories` where its numbers are names',
        },
      ],
      uncounted: 0,
    }
  return {
    problems: samples.map(({ line, text }) => ({
      line,
      problem: `line ${String(line)}, column ${quoted(name)}: expected a number, got ${quoted(text)}`,
    })),
    uncounted: texts - samples.length,
  }
}

/** Sorts names: by number if all are numbers, else by letter. */
export const sortedNames = (names: readonly string[]): readonly string[] =>
  names.every(isNumber) ? names.toSorted((a, b) => Number(a) - Number(b)) : names.toSorted()
