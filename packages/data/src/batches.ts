import { foldIn, OptionError, permutation, type Key } from '@ptu/core'

/** The order in which an epoch goes through `count` examples: a permutation drawn from the key and the epoch. */
export const epochOrder = (key: Key, epoch: number, count: number): Uint32Array =>
  permutation(foldIn(key, epoch), count)

/** The number of batches in an epoch: full ones only, or a single one of everything if `count` is below `size`. */
export const batchesPerEpoch = (count: number, size: number): number => Math.max(1, Math.floor(count / size))

/**
 * The examples of batch `step`, counted from 0 over all epochs.
 *
 * Each epoch has a new order. Batches are full: the rest at the end of an epoch is dropped. If `count` is below `size`,
 * every batch holds all examples. The answer depends on the arguments alone, so a run can go on at any step.
 *
 * Throws `OptionError` unless `count` and `size` are positive integers and `step` is a whole number.
 *
 * @example
 * ```ts
 * const batch = batchIndices(key(0), 7, 50, 16) // batch 1 of epoch 2, as an epoch has 3
 * expect(batch).toEqual(epochOrder(key(0), 2, 50).slice(16, 32))
 * ```
 */
export const batchIndices = (key: Key, step: number, count: number, size: number): Uint32Array => {
  checkBatch(step, count, size)
  const perEpoch = batchesPerEpoch(count, size)
  const from = (step % perEpoch) * size
  return epochOrder(key, Math.floor(step / perEpoch), count).slice(from, from + size)
}

/** Throws `OptionError` for numbers that name no batch. */
export const checkBatch = (step: number, count: number, size: number): void => {
  check('count', count, 1)
  check('size', size, 1)
  check('step', step, 0)
}

const check = (name: string, value: number, least: number): void => {
  if (!Number.isSafeInteger(value) || value < least)
    throw new OptionError(`expected ${name} to be an integer from ${String(least)}, got ${String(value)}`)
}
