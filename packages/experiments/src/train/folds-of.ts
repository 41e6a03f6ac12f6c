import { key } from '@ptu/core'
import { foldsStratified, type DataError, type Dataset } from '@ptu/data'
import type * as E from 'fp-ts/lib/Either.js'

import type { LabelledData } from './labelled-data.ts'

/** At most five folds, no more than the smallest class has examples or than there are different ones, and at least two. */
export const foldsOf = (
  seed: number,
  { train: examples, counts }: Pick<LabelledData, 'train' | 'counts'>,
): E.Either<DataError, readonly (readonly number[])[]> => {
  const groups = groupsOf(examples)
  const folds = Math.min(5, new Set(groups).size, ...counts.map(({ train: count }) => count))
  return foldsStratified(key(seed), examples, Math.max(2, folds), { groups })
}

/** One name for examples with the same numbers, so that copies are held out together. */
export const groupsOf = ({ features, labels }: Dataset): readonly string[] => {
  const size = features.length / Math.max(1, labels.length)
  return Array.from(labels.keys(), (i) => hashOf(features.subarray(i * size, (i + 1) * size)))
}

/** FNV-1a of 32 bits, twice from different starts: a collision only keeps two examples together. */
const hashOf = (row: Uint8Array | Float32Array): string => {
  let [a, b] = [0x811c9dc5, 0x01234567]
  const bytes = new Uint8Array(row.buffer, row.byteOffset, row.byteLength)
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul(b ^ byte, 0x85ebca6b)
  }
  return `${a >>> 0}-${b >>> 0}`
}
