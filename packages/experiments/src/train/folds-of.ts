import { key } from '@ptu/core'
import { DataError, foldsStratified, type ClassCount, type Dataset } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

/** The facts about examples that decide their folds. */
export interface FoldFacts {
  /** A name for each example; those of one name are held out together. */
  readonly groups: readonly string[]
  readonly counts: readonly ClassCount[]
}

/**
 * At most five folds, no more than the smallest class has examples or than there are groups, and at least two. Labels that
 * are on in few examples, and numbers, ask for no fewer.
 */
export const foldCount = ({ groups, counts }: FoldFacts, { targets }: Pick<Dataset, 'targets'>): number =>
  Math.max(2, Math.min(5, new Set(groups).size, ...(targets === undefined ? counts.map(({ train }) => train) : [])))

/** The places of examples that are held out, fold by fold. */
export const foldsOf = (
  seed: number,
  examples: Dataset,
  facts: FoldFacts,
): E.Either<DataError, readonly (readonly number[])[]> =>
  pipe(
    foldsStratified(key(seed), examples, foldCount(facts, examples), { groups: facts.groups }),
    E.filterOrElse(
      (folds) => folds.every(({ length }) => examples.labels.length - length > 1),
      () =>
        new DataError(
          'too many of the examples are equal: held out together, they leave fewer than two to train on; add others',
        ),
    ),
  )

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
