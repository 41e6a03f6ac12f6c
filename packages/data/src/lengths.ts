import { foldIn, permutation, type Key } from '@ptu/core'

import { batchesPerEpoch, batchIndices, checkBatch, epochOrder } from './batches.ts'
import { countOf, sizeOf, type Dataset } from './dataset.ts'

/** Batches are as long as a multiple of this, so that a backend meets few shapes. */
const multiple = 8

/** Tells whether examples may end before their last step. */
export const endEarly = ({ vocabulary, padding }: Dataset): boolean => vocabulary !== undefined || padding !== undefined

/** The number of steps of example `i` before its padding; at least 1. */
const lengthAt = ({ features, shape: [steps = 1, ...rest], padding = 0 }: Dataset, i: number): number => {
  const width = sizeOf(rest)
  const from = i * steps * width
  let last = steps * width - 1
  while (last > 0 && features[from + last] === padding) last--
  return Math.floor(last / width) + 1
}

/** The number of steps of each example before its padding, `[count]`; undefined if all examples are equally long. */
export const lengthsOf = (dataset: Dataset): Int32Array | undefined =>
  endEarly(dataset) ? Int32Array.from({ length: countOf(dataset) }, (_, i) => lengthAt(dataset, i)) : undefined

/** The places of all examples, the shortest first; in the order of the data where all are equally long. */
export const shortestFirst = (dataset: Dataset): Int32Array => {
  const places = Int32Array.from({ length: countOf(dataset) }, (_, i) => i)
  const lengths = lengthsOf(dataset)
  return lengths === undefined ? places : places.sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0))
}

/** The number of steps of a batch: the longest example's, rounded up to a multiple of 8, and at most all. */
export const stepsOfBatch = (dataset: Dataset, indices: ArrayLike<number>): number => {
  const [steps = 1] = dataset.shape
  const longest = Array.from(indices).reduce((most, i) => Math.max(most, lengthAt(dataset, i)), 1)
  return Math.min(steps, Math.ceil(longest / multiple) * multiple)
}

/**
 * The examples of batch `step` if examples differ in length. It works as `batchIndices` does, but a batch holds
 * examples of similar length, so that little of it is padding.
 *
 * An epoch has the examples that `batchIndices` gives it, so dropping does not depend on length. They are sorted by
 * length, equal ones in random order, and cut into batches; the batches come in random order.
 *
 * Throws `OptionError` unless `size` is a positive integer, `step` a whole number and there are lengths.
 *
 * @example
 * ```ts
 * const lengths = Int32Array.of(3, 20, 4, 21)
 * const [a, b] = [0, 1].map((step) => [...bucketIndices(key(0), step, lengths, 2)].toSorted())
 * expect([a, b].toSorted()).toEqual([[0, 2], [1, 3]])
 * ```
 */
export const bucketIndices = (key: Key, step: number, lengths: Int32Array, size: number): Uint32Array => {
  checkBatch(step, lengths.length, size)
  const perEpoch = batchesPerEpoch(lengths.length, size)
  if (perEpoch === 1) return batchIndices(key, step, lengths.length, size)
  const epoch = Math.floor(step / perEpoch)
  const sorted = epochOrder(key, epoch, lengths.length)
    .slice(0, perEpoch * size)
    .sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0))
  const order = permutation(foldIn(foldIn(key, epoch), 1), perEpoch)
  const from = (order[step % perEpoch] ?? 0) * size
  return sorted.slice(from, from + size)
}
