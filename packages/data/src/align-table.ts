import * as E from 'fp-ts/lib/Either.js'

import { countOf, sizeOf, type Dataset } from './dataset.ts'
import { DataError, quoted } from './errors.ts'
import { listed } from './label-column.ts'
import { differenceOf } from './table-plan.ts'
import { type Column, type Table } from './table.ts'

/** The part of a table that its columns concern. */
export type Columned = Pick<Table, 'dataset' | 'columns'>

/**
 * Brings a table to the columns of an earlier one: by name, in their order, categories in their places.
 *
 * Nothing is guessed: a Left names the columns that are missing or too many, those of another kind, and categories that
 * the earlier table did not have. Missing cells were filled when the table was read; read it with `columns` to fill
 * them by the earlier means.
 *
 * @example
 * ```ts
 * const read = (text: string) => decodeTable(new TextEncoder().encode(text))
 * const later = pipe(
 *   E.Do,
 *   E.bind('a', () => read('width,height,label\n1,2,oak')),
 *   E.bind('b', () => read('height,width,label\n2,1,oak')),
 *   E.flatMap(({ a, b }) => alignTable(a.columns, b)),
 * )
 * expect(E.map(({ dataset }: Table) => [...dataset.features])(later)).toEqual(E.right([1, 2]))
 * ```
 */
export const alignTable = <T extends Columned>(
  columns: readonly Column[],
  table: T,
): E.Either<DataError, T & Columned> => {
  const own = new Map(table.columns.map((column) => [column.name, column]))
  const problems = [
    differenceOf(
      columns.map(({ name }) => name),
      [...own.keys()],
    ),
    ...columns.map((column) => mismatch(column, own.get(column.name))),
  ].filter((problem) => problem !== undefined)
  if (problems.length > 0) return E.left(new DataError(problems.slice(0, 10).join('; ')))
  return E.right({ ...table, dataset: moved(table.dataset, sourcesOf(columns, table.columns)), columns })
}

const mismatch = (wanted: Column, own: Column | undefined): string | undefined => {
  if (own === undefined) return undefined
  const name = `the column ${quoted(wanted.name)}`
  if (wanted.kind === 'number') return own.kind === 'number' ? undefined : `expected numbers in ${name}, got texts`
  if (own.kind === 'number') return `expected texts in ${name}, got numbers`
  const known = new Set(wanted.categories)
  const stray = own.categories.filter((category) => !known.has(category))
  return stray.length === 0 ? undefined : `${name} has ${listed(stray)}, expected one of ${listed(wanted.categories)}`
}

/** The place in a row of `own` of each number of `columns`; -1 for a category that does not occur. */
const sourcesOf = (columns: readonly Column[], own: readonly Column[]): Int32Array => {
  const places = new Map<string, number>()
  let at = 0
  for (const column of own) {
    for (const key of keysOf(column)) places.set(key, at++)
  }
  const keys = columns.flatMap(keysOf)
  return Int32Array.from(keys, (key) => places.get(key) ?? -1)
}

/** Names each number of a column. */
const keysOf = (column: Column): readonly string[] =>
  column.kind === 'number'
    ? [JSON.stringify([column.name])]
    : column.categories.map((category) => JSON.stringify([column.name, category]))

const moved = (dataset: Dataset, sources: Int32Array): Dataset => {
  const [count, stored, width] = [countOf(dataset), sizeOf(dataset.shape), sources.length]
  const features = new Float32Array(count * width)
  for (let i = 0; i < count; i++)
    sources.forEach((source, at) => {
      if (source >= 0) features[i * width + at] = dataset.features[i * stored + source] as number
    })
  return { ...dataset, features, shape: width === stored ? dataset.shape : [width] }
}

/**
 * Brings a data set to the classes of an earlier one, by name: labels get the numbers that classes have there.
 *
 * A class without examples here stays a class. A Left names the classes that the earlier set did not have.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [1], features: Float32Array.of(3), labels: Int32Array.of(0), classes: ['oak'] }
 * const later = alignClasses(['elm', 'oak'], set)
 * expect(E.map(({ labels }: Dataset) => [...labels])(later)).toEqual(E.right([1]))
 * ```
 */
export const alignClasses = (classes: readonly string[], dataset: Dataset): E.Either<DataError, Dataset> => {
  const places = new Map(classes.map((name, place) => [name, place]))
  const stray = dataset.classes.filter((name) => !places.has(name))
  if (stray.length > 0)
    return E.left(new DataError(`expected the classes ${listed(classes)}, got ${listed(stray)} besides`))
  const labels = dataset.labels.map((label) =>
    label < 0 ? label : (places.get(dataset.classes[label] as string) as number),
  )
  return E.right({ ...dataset, labels, classes })
}
