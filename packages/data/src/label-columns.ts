import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import { quoted } from './errors.ts'
import { labelColumn, listed, type UnnamedLabel } from './label-column.ts'
import { nearName } from './near-name.ts'
import type { TargetRequest, TargetRule } from './target-rule.ts'

/** The question which columns hold the labels. */
export interface LabelRequest {
  /** The name or number of a column; several columns of 0 and 1 between commas, unless one column is called so. */
  readonly label: string | number | undefined
  /** The kind of the labels, where they are not one class each. */
  readonly target: TargetRequest | undefined
  readonly unnamed: UnnamedLabel
}

/** The columns of the labels. */
export interface LabelColumns {
  readonly places: readonly [number, ...number[]]
  /** Absent where each row has one class. */
  readonly rule?: TargetRule
  readonly warning?: string
}

/** Finds the columns of the labels; a Left says what is wrong with the request and lists the columns. */
export const labelColumns = (
  names: readonly string[],
  { label, target, unnamed }: LabelRequest,
): E.Either<string, LabelColumns> => {
  if (typeof label === 'string' && label.includes(',') && !names.includes(label))
    return severalColumns(names, label, target)
  return pipe(
    labelColumn(names, label, unnamed),
    E.map(({ place, ...more }) => ({
      places: [place],
      ...(target && { rule: { ...target, columns: [names[place] ?? ''] } }),
      ...more,
    })),
  )
}

const severalColumns = (
  names: readonly string[],
  label: string,
  target: TargetRequest | undefined,
): E.Either<string, LabelColumns> => {
  const columns = [...new Set(label.split(',').map((name) => name.trim()))].filter((name) => name !== '')
  const stray = columns.find((name) => !names.includes(name))
  if (stray !== undefined)
    return E.left(`expected a column ${quoted(stray)}${nearName(stray, names)}; the columns are ${listed(names)}`)
  if (target !== undefined)
    return E.left(
      `expected one column of labels ${target.kind === 'regress' ? 'with --regress' : 'with --separator'}, got ${listed(columns)}`,
    )
  if (columns.length < 2)
    return E.left(
      `expected several columns of 0 and 1, got one, ${listed(columns) || 'without a name'}; name one column alone for one class a row, or lists of labels with --separator`,
    )
  return E.right({
    places: columns.map((name) => names.indexOf(name)) as unknown as LabelColumns['places'],
    rule: { kind: 'multi-label', columns },
  })
}
