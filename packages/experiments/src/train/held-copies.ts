import { key, type Key } from '@ptu/core'
import type { Dataset } from '@ptu/data'

import type { DataKind } from './data-kinds.ts'
import { foldCount, groupsOf } from './folds-of.ts'
import { heldTogether, type HeldTogether } from './hold-together.ts'
import type { LabelledData } from './labelled-data.ts'
import { mostCompared, nearCopiesIn } from './near-copies.ts'
import type { Vectors } from './unit-rows.ts'

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
 * Finds the examples that no two folds may share: exact copies by their numbers, near ones of pictures by their encodings.
 * Those of an earlier training, which have no pixels here, come first. Rows that are nearly equal are different rows.
 */
export const heldIn = (
  { train, counts }: Pick<LabelledData, 'train' | 'counts'>,
  encoded: Dataset,
  { arePictures }: Pick<DataKind, 'arePictures'>,
): HeldCopies => {
  const earlier = encoded.labels.length - train.labels.length
  const exact = [...Array.from({ length: earlier }, (_, i) => `earlier ${i}`), ...groupsOf(train)]
  const copies = arePictures ? nearCopiesIn(projection, vectorsOf(encoded)) : []
  const folds = foldCount({ groups: exact, counts }, train)
  const held = heldTogether({ exact, copies: copies ?? [], labels: encoded.labels, folds })
  return { ...held, problem: copies === undefined ? problemOf(encoded) : null }
}

/** The reason for which near copies are not known. */
export const problemOf = ({ labels: { length } }: Dataset): string =>
  length > mostCompared
    ? `near copies were not looked for among more than ${mostCompared} examples`
    : 'to the network most of these examples are alike: it cannot say which are near copies'
