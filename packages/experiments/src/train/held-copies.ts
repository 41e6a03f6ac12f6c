import { key, type Key } from '@ptu/core'
import type { Dataset } from '@ptu/data'

import { heldTogether, type HeldTogether } from './hold-together.ts'
import { mostCompared, nearCopiesIn, type Vectors } from './near-copies.ts'

/** The examples that are held out together, and the reason for which near copies are not among them. */
export interface HeldCopies extends HeldTogether {
  /** Null where near copies were looked for. */
  readonly problem: string | null
}

/** The directions that encodings are projected to; the same for training and test examples. */
export const projection: Key = key(0xc0b1)

/** The encodings of a data set, for comparing. */
export const vectorsOf = ({ features, shape }: Dataset): Vectors => ({
  features,
  size: shape.reduce((product, n) => product * n, 1),
})

/**
 * Finds the examples that no two folds may share: exact copies by their pixels, near ones by their encodings. Those of an
 * earlier training, which have no pixels here, come first.
 */
export const heldIn = (pictures: Dataset, encoded: Dataset, folds: number): HeldCopies => {
  const earlier = encoded.labels.length - pictures.labels.length
  const exact = [...Array.from({ length: earlier }, (_, i) => `earlier ${i}`), ...namesOf(pictures)]
  const copies = nearCopiesIn(projection, vectorsOf(encoded))
  const held = heldTogether({ exact, copies: copies ?? [], labels: encoded.labels, folds })
  return { ...held, problem: copies === undefined ? problemOf(encoded) : null }
}

/** The reason for which near copies are not known. */
export const problemOf = ({ labels: { length } }: Dataset): string =>
  length > mostCompared
    ? `near copies were not looked for among more than ${mostCompared} examples`
    : 'to the network most of these examples are alike: it cannot say which are near copies'

/** A name for each example, equal for those with the same pixels. */
const namesOf = ({ features, labels }: Dataset): readonly string[] => {
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
