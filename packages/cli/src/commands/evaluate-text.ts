import type { Json } from '@ptu/core'

import { percent } from '../format.ts'
import { table } from '../table.ts'

/** The classes that a model confuses: `[true class][taken for]`, counts. */
export interface Taken {
  readonly classes: readonly string[]
  readonly confusion: readonly (readonly number[])[]
}

/** The most classes of a table that people still read. */
const most = 30

/** The number of pairs that are shown if there are too many classes for a table. */
const shown = 20

/** A pair of classes that are confused. */
export interface ConfusedPair {
  readonly given: string
  readonly taken: string
  readonly count: number
  /** The examples of the given class. */
  readonly of: number
}

const sumOf = (row: readonly number[]): number => row.reduce((sum, count) => sum + count, 0)

/** The pairs of classes that are confused, the most frequent first. */
export const confusedPairs = ({ classes, confusion }: Taken): readonly ConfusedPair[] =>
  confusion
    .flatMap((row, i) =>
      row.flatMap((count, j) =>
        i === j || count === 0 ? [] : [{ given: classes[i] ?? '', taken: classes[j] ?? '', count, of: sumOf(row) }],
      ),
    )
    .toSorted((a, b) => b.count - a.count)

const found = (hits: number, count: number): string => (count === 0 ? '-' : percent(hits / count))

/** The confusion as a table; for more than 30 classes, the pairs that are confused most. */
export const confusionText = (taken: Taken): string => {
  const { classes, confusion } = taken
  if (classes.length <= most)
    return table(
      ['true \\ taken for', ...classes, 'found %'],
      confusion.map((row, i) => [classes[i] ?? '', ...row.map(String), found(row[i] ?? 0, sumOf(row))]),
    )
  const pairs = confusedPairs(taken)
  if (pairs.length === 0) return `no two of the ${classes.length} classes are confused`
  return [
    `the ${Math.min(shown, pairs.length)} most confused of ${pairs.length} pairs; --json has all`,
    table(
      ['true', 'taken for', 'times', 'of'],
      pairs.slice(0, shown).map(({ given, taken: other, count, of }) => [given, other, String(count), String(of)]),
    ),
  ].join('\n')
}

/**
 * The classes that are taken for each other, as a document: `confusion` is the whole table; of more than 30 classes it is null, and
 * `confusionCounts` has its counts above 0, which are at most as many as the examples.
 */
export const confusionJson = ({ classes, confusion }: Taken): Readonly<Record<string, Json>> =>
  classes.length <= most
    ? { confusion }
    : {
        confusion: null,
        confusionCounts: confusion.flatMap((row, i) =>
          row.flatMap((count, j) => (count === 0 ? [] : [{ given: classes[i] ?? '', taken: classes[j] ?? '', count }])),
        ),
      }
