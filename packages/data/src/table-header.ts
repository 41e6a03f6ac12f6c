import * as E from 'fp-ts/lib/Either.js'

import { quoted } from './errors.ts'
import { isNumber } from './numbers.ts'

/** The names of a table's columns, and whether the first line is a row itself. */
export interface TableHeader {
  readonly names: readonly string[]
  readonly isRow: boolean
}

/** Tells whether numbers are 0, 1, 2, … or 1, 2, 3, … */
const isCount = (cells: readonly string[]): boolean => {
  const [first] = cells
  return (first === '0' || first === '1') && cells.every((cell, i) => cell === String(i + Number(first)))
}

/** Tells whether the first line names the columns; a Left if that is unclear. */
const isNames = (cells: readonly string[]): E.Either<string, boolean> => {
  const numbers = cells.filter(isNumber)
  if (numbers.length === 0) return E.right(true)
  if (numbers.length < cells.length && numbers.length > 1 && isCount(numbers)) return E.right(true)
  if (numbers.length === cells.length && !isCount(numbers)) return E.right(false)
  return E.left('line 1 may be names or a row; say which with header: true or header: false')
}

/**
 * The rule for a header: a boolean states it, `told` tells it from the first line, `names` demands names, not only
 * numbers.
 */
export type HeaderRule = boolean | 'told' | 'names'

/**
 * Reads the first line: names of columns, or a row if it holds only numbers. Columns without names are named by their
 * numbers from 1.
 *
 * A line without a number is one of names; so is one whose only numbers count from 0 or 1, as in `label,0,1,2`. A line
 * with other mixtures, or one that counts throughout, is a Left: the caller must say what it is.
 */
export const headerOf = (cells: readonly string[], rule: HeaderRule): E.Either<readonly string[], TableHeader> => {
  if (rule === 'names' && cells.every(isNumber))
    return E.left(['line 1: expected the names of the columns, got only numbers'])
  const told = rule === 'told' ? isNames(cells) : E.right(rule !== false)
  if (E.isLeft(told)) return E.left([told.left])
  if (!told.right) return E.right({ names: cells.map((_, i) => String(i + 1)), isRow: true })
  const problems = nameProblems(cells)
  return problems.length > 0 ? E.left(problems) : E.right({ names: cells, isRow: false })
}

const nameProblems = (names: readonly string[]): readonly string[] => {
  const seen = new Set<string>()
  return names.flatMap((name, i) => {
    if (name === '') return [`line 1: column ${String(i + 1)} has no name`]
    if (seen.has(name)) return [`line 1: the column ${quoted(name)} comes twice`]
    seen.add(name)
    return []
  })
}
