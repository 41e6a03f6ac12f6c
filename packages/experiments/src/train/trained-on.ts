import { foldIn, key, permutation } from '@ptu/core'

/** The labels of the other folds that are trained on. */
export interface PartRequest {
  /** The class of each example. */
  readonly labels: Int32Array
  /** The part of the labels of each class, above 0 up to 1. */
  readonly part: number
  readonly seed: number
}

/**
 * The places to train on while a fold is held out, in the order of the data: those of all other folds, or a part of each
 * class drawn from them, at least one. A smaller part of one seed lies within a larger one.
 *
 * @example
 * ```ts
 * const folds = [[0, 3], [1, 4], [2, 5]]
 * const labels = Int32Array.of(0, 0, 0, 1, 1, 1)
 * expect(trainedOn(folds, 0, { labels, part: 1, seed: 0 })).toEqual([1, 2, 4, 5])
 * expect(trainedOn(folds, 0, { labels, part: 0.5, seed: 0 })).toHaveLength(2)
 * ```
 */
export const trainedOn = (
  folds: readonly (readonly number[])[],
  held: number,
  { labels, part, seed }: PartRequest,
): readonly number[] => {
  const others = folds.flatMap((own, i) => (i === held ? [] : own)).toSorted((a, b) => a - b)
  if (part === 1) return others
  const turn = foldIn(foldIn(key(seed), 0xc47e), held)
  return [...new Set(others.map((place) => labels[place] as number))]
    .flatMap((label) => {
      const own = others.filter((place) => labels[place] === label)
      const order = permutation(foldIn(turn, label), own.length)
      return Array.from(order.slice(0, Math.max(1, Math.round(part * own.length))), (i) => own[i] as number)
    })
    .toSorted((a, b) => a - b)
}
