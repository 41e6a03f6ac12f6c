import { uniforms, type Key } from '@ptu/core'

import { unitRows, type Vectors } from './unit-rows.ts'

/** Two examples that a network finds nearly equal. */
export interface NearCopy {
  readonly first: number
  readonly second: number
  /** The cosine of the angle between their encodings. */
  readonly similarity: number
}

/**
 * The cosine from which two encodings are of near copies.
 *
 * Measured on 280 drawings and photos with torchvision's MobileNetV2 at 96×96. Of 39,060 pairs 20 reach it: one motif in two
 * colours, mirrored, or with another letter. Half of all pairs stay below .38, 99 % below .61. It finds 94 % of the
 * pictures that were cut by a few per cent, 97 % of those made brighter, 96 % of those turned by 4°, 88 % of those mirrored, and 62 % of
 * those made smaller by 30 % and saved as JPEG of quality 60.
 */
export const nearCopy = 0.9

/** The most examples that are compared with each other: above, the time would be felt. */
export const mostCompared = 20_000

/** Directions that encodings are projected to before they are compared. */
export const directions = 48

/** A pair whose projections are less alike is not looked at: six standard errors below {@link nearCopy}. */
export const screen: number = nearCopy - (6 * (1 - nearCopy ** 2)) / Math.sqrt(directions)

/** More pairs than this for each example mean that the network cannot tell the examples apart. */
const mostPairs = 20

/**
 * Finds the pairs of near copies within some examples, or, where `others` are given, of an example (`first`) and another
 * one (`second`).
 *
 * Projections to random directions tell which pairs are worth the whole sum, so that time is quadratic with a small
 * factor and memory linear. Undefined where there are more than {@link mostCompared} examples, or more than 20 pairs for
 * each.
 *
 * @example
 * ```ts
 * const features = Float32Array.of(1, 0, 0, 1, 1, 0.1)
 * expect(nearCopiesIn(key(0), { features, size: 2 })).toMatchObject([{ first: 0, second: 2 }])
 * ```
 */
export const nearCopiesIn = (key: Key, vectors: Vectors, others?: Vectors): readonly NearCopy[] | undefined => {
  const signs = uniforms(key, directions * vectors.size)
  const rows = unitRows(vectors, signs)
  const columns = others === undefined ? rows : unitRows(others, signs)
  if (Math.max(rows.count, columns.count) > mostCompared) return undefined
  const found: NearCopy[] = []
  for (let first = 0; first < rows.count; first++)
    for (let second = others === undefined ? first + 1 : 0; second < columns.count; second++) {
      if (dotOf(rows.projected, first, columns.projected, second, directions) < screen) continue
      const similarity = dotOf(rows.unit, first, columns.unit, second, vectors.size)
      if (similarity < nearCopy) continue
      if (found.length >= mostPairs * rows.count) return undefined
      found.push({ first, second, similarity })
    }
  return found
}

const dotOf = (a: Float32Array, i: number, b: Float32Array, j: number, size: number): number => {
  let sum = 0
  for (let k = 0; k < size; k++) sum += (a[i * size + k] as number) * (b[j * size + k] as number)
  return sum
}
