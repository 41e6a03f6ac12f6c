import * as E from 'fp-ts/lib/Either.js'

import { quoted } from './errors.ts'
import { nearName } from './near-name.ts'

/** The place of the label among the columns, and a warning about how it was found. */
export interface LabelColumn {
  readonly place: number
  readonly warning?: string
}

/**
 * The rule for a label that is not named: guess it, take the last column if it cannot be guessed, or take the last
 * column.
 */
export type UnnamedLabel = 'guess' | 'guess or last' | 'last'

/** The names of columns for a message: the first twenty. */
export const listed = (names: readonly string[]): string =>
  names.slice(0, 20).map(quoted).join(', ') + (names.length > 20 ? ` and ${String(names.length - 20)} more` : '')

/** Finds the column with the label by its name, by its number from 1 or as `unnamed` says; a Left lists the columns. */
export const labelColumn = (
  names: readonly string[],
  label: string | number | undefined,
  unnamed: UnnamedLabel,
): E.Either<string, LabelColumn> => {
  if (typeof label === 'number') return numbered(names, label)
  if (label !== undefined) return named(names, label)
  const last = names.length - 1
  const guess = unnamed === 'last' ? last : guessed(names)
  if (guess !== undefined) return E.right({ place: guess })
  return unnamed === 'guess'
    ? E.left(`which column is the label? Name it; the columns are ${listed(names)}`)
    : E.right({ place: last, warning: `the last column ${quoted(names[last] ?? '')} was taken for the label` })
}

/**
 * The only column that is called label, class or target; else `y` if there is no `x`, which would make it a coordinate;
 * else the second of two.
 */
const guessed = (names: readonly string[]): number | undefined => {
  const placesOf = (...wanted: readonly string[]): readonly number[] =>
    names.flatMap((name, place) => (wanted.includes(name.toLowerCase()) ? [place] : []))
  const called = placesOf('label', 'class', 'target')
  if (called.length > 0) return called.length === 1 ? called[0] : undefined
  const [y, ...others] = placesOf('y')
  if (y !== undefined && others.length === 0 && placesOf('x').length === 0) return y
  return names.length <= 2 ? names.length - 1 : undefined
}

const numbered = (names: readonly string[], label: number): E.Either<string, LabelColumn> =>
  Number.isInteger(label) && label >= 1 && label <= names.length
    ? E.right({ place: label - 1 })
    : E.left(`expected the label's column from 1 to ${String(names.length)}, got ${String(label)}`)

const named = (names: readonly string[], label: string): E.Either<string, LabelColumn> => {
  const place = names.indexOf(label)
  if (place >= 0) return E.right({ place })
  return /^[1-9]\d{0,8}$/.test(label)
    ? numbered(names, Number(label))
    : E.left(`expected a column ${quoted(label)}, the columns are ${listed(names)}${nearName(label, names)}`)
}
