import { foldIn, permutation, stream, type Key } from '@ptu/core'
import type { Dataset } from '@ptu/data'

/** Two examples, and whether they are of one class. */
export interface ContrastivePair {
  readonly first: number
  readonly second: number
  /** 1 for a pair of one class, else 0. */
  readonly alike: 0 | 1
}

/**
 * Draws `each` pairs of one class and `each` pairs of two classes for every class, in random order.
 *
 * A class of a single example is paired with itself.
 */
export const contrastivePairs = (key: Key, dataset: Dataset, each: number): readonly ContrastivePair[] => {
  const { labels } = dataset
  const classes = dataset.classes
    .map((_, label) => Array.from(labels.keys()).filter((place) => labels[place] === label))
    .filter(({ length }) => length > 0)
  const next = stream(foldIn(key, 0))
  const oneOf = (places: readonly number[]): number => places[Math.floor(next() * 2 ** -32 * places.length)] ?? 0
  const pairs = classes.flatMap((own) => {
    const others = classes.filter((some) => some !== own).flat()
    return Array.from({ length: each }, (): readonly ContrastivePair[] => {
      const first = oneOf(own)
      const rest = own.filter((place) => place !== first)
      return [
        { first, second: rest.length === 0 ? first : oneOf(rest), alike: 1 },
        { first: oneOf(own), second: oneOf(others), alike: 0 },
      ]
    }).flat()
  })
  return Array.from(permutation(foldIn(key, 1), pairs.length), (place) => pairs[place] as ContrastivePair)
}
