import { foldIn, permutation, type Key } from '@ptu/core'
import type { Dataset, Encoding } from '@ptu/data'

import type { Classify } from './classifier.ts'
import type { ColumnLeaning } from './explanation.ts'
import { measuredMean } from './measured.ts'
import { rightOf } from './right.ts'

/** A column of a table as the numbers of an example: a name, and the places it takes. */
export interface ColumnSpan {
  readonly name: string
  readonly from: number
  readonly length: number
}

/** More columns than these are not looked at. */
const mostColumns = 300

/** The columns that the numbers of an example stand for; each number by itself where it is not known. */
export const columnSpans = (size: number, encoding: Encoding | undefined): readonly ColumnSpan[] => {
  if (encoding?.kind !== 'table')
    return Array.from({ length: size }, (_, i) => ({ name: `number ${i + 1}`, from: i, length: 1 }))
  let from = 0
  return encoding.columns.map((column) => {
    const length = column.kind === 'number' ? 1 : column.categories.length
    from += length
    return { name: column.name, from: from - length, length }
  })
}

/** The number of columns that are looked at. */
export const columnsLooked = (spans: readonly ColumnSpan[]): number => Math.min(mostColumns, spans.length)

/** The examples with the numbers of a column handed on among them at random. */
const shuffledIn = (key: Key, examples: Dataset, { from, length }: ColumnSpan): Dataset => {
  const size = examples.shape[0] ?? 1
  const features = examples.features.slice()
  permutation(key, examples.labels.length).forEach((other, i) => {
    features.set(examples.features.subarray(other * size + from, other * size + from + length), i * size + from)
  })
  return { ...examples, features }
}

/**
 * Tells how much accuracy each column of a table is worth: what is lost where its values are shuffled among the rows.
 *
 * References:
 *   Breiman, "Random forests", Machine Learning 45, 2001, §10, https://doi.org/10.1023/A:1010933404324
 */
export const columnLeaning = async (
  key: Key,
  classify: Classify,
  examples: Dataset,
  {
    spans,
    repeats,
    right,
  }: { readonly spans: readonly ColumnSpan[]; readonly repeats: number; readonly right: readonly number[] },
): Promise<ColumnLeaning> => {
  const columns: ColumnLeaning['columns'][number][] = []
  const looked = spans.slice(0, columnsLooked(spans))
  for (const [place, span] of looked.entries()) {
    const lost = right.map(() => 0)
    for (let turn = 0; turn < repeats; turn++) {
      const shuffled = shuffledIn(foldIn(foldIn(key, place), turn), examples, span)
      rightOf(await classify(shuffled), examples).forEach((hit, i) => {
        lost[i] = (lost[i] ?? 0) + ((right[i] ?? 0) - hit) / repeats
      })
    }
    columns.push({ name: span.name, drop: measuredMean(lost, { resolution: 1 / right.length }) })
  }
  return {
    ...{ kind: 'columns', method: `shuffling each column ${repeats} times` },
    columns: columns.toSorted((a, b) => b.drop.value - a.drop.value),
    left: spans.length - looked.length,
  }
}
