import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import { take, type Dataset } from './dataset.ts'
import { DataError } from './errors.ts'

/**
 * The examples of some classes, given by their positions in `dataset.classes`, relabelled 0, 1, … in the order given.
 *
 * A Left if a class does not exist or is named twice, if none is named, or if examples are tagged step by step.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [1], features: Uint8Array.of(0, 50, 100, 150), labels: Int32Array.of(0, 1, 0, 1), classes: ['a', 'b'] }
 * const second = subset(set, [1]) // Right: the examples of class 'b', now labelled 0
 * expect(E.map(({ labels }: Dataset) => [...labels])(second)).toEqual(E.right([0, 0]))
 * ```
 */
export const subset = (dataset: Dataset, classes: readonly number[]): E.Either<DataError, Dataset> =>
  pipe(
    chosenPlaces(dataset, classes),
    E.map(({ places, ...chosen }) => ({ ...take(dataset, places), ...chosen })),
  )

/** The places of the examples that {@link subset} keeps, ascending, with their new labels and the names of their classes. */
export interface ChosenPlaces extends Pick<Dataset, 'labels' | 'classes'> {
  readonly places: readonly number[]
}

/** Chooses the examples of some classes as {@link subset} does, by their labels alone. */
export const chosenPlaces = (
  dataset: Pick<Dataset, 'labels' | 'classes' | 'tagged'>,
  classes: readonly number[],
): E.Either<DataError, ChosenPlaces> => {
  const problem = problemOf(dataset, classes)
  if (problem !== undefined) return E.left(new DataError(problem))
  const relabelled = new Map(classes.map((label, i) => [label, i]))
  const places: number[] = []
  dataset.labels.forEach((label, i) => {
    if (relabelled.has(label)) places.push(i)
  })
  return E.right({
    places,
    labels: Int32Array.from(places, (place) => relabelled.get(dataset.labels[place] as number) as number),
    classes: classes.map((label) => dataset.classes[label] as string),
  })
}

const problemOf = (dataset: Pick<Dataset, 'classes' | 'tagged'>, classes: readonly number[]): string | undefined => {
  if (dataset.tagged === true) return 'expected examples of one label each, got sequences with a tag at each step'
  if (classes.length === 0) return 'expected at least one class, got none'
  const missing = classes.find((label) => dataset.classes[label] === undefined)
  if (missing !== undefined)
    return `expected classes from 0 to ${String(dataset.classes.length - 1)}, got ${String(missing)}`
  const repeated = classes.find((label, i) => classes.indexOf(label) !== i)
  return repeated === undefined ? undefined : `expected each class once, got ${String(repeated)} twice`
}
