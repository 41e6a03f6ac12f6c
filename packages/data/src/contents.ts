import { OptionError } from '@ptu/core'

import { countOf, sizeOf, type Dataset } from './dataset.ts'

/** Gives examples of several sets numbers by their contents. */
export interface Contents {
  /** `[count]`: the number of each example's content, from 0; equal examples of all sets have equal numbers. */
  readonly numbersOf: (dataset: Dataset) => Uint32Array
}

/** A data set whose examples are hashed: by all their numbers, or by few of them at a glance. */
interface Hashed {
  readonly dataset: Dataset
  readonly hashOf: (i: number, most: number) => number
}

/** An example met before, and the one before it that has the same hash and another content. */
interface Found {
  readonly set: Hashed
  readonly i: number
  readonly number: number
  readonly next: Found | undefined
}

/** The most numbers of an example that are looked at before it is hashed whole. */
const glance = 64

/**
 * Gives the contents of examples numbers, as a network sees them: 0 and -0 are equal, bytes equal floats of the same
 * value, and the padding behind tokens does not count.
 *
 * Time is linear in the numbers of all examples. They are found by a hash of 53 bits of at most 64 of their numbers. Those that share
 * it are hashed whole, and compared if these hashes are equal too.
 */
export const contents = (): Contents => {
  const glanced = new Map<number, Found | Map<number, Found>>()
  let count = 0
  const numberOf = (set: Hashed, i: number): number => {
    const few = set.hashOf(i, glance)
    const seen = glanced.get(few)
    if (seen === undefined) {
      glanced.set(few, { set, i, number: count, next: undefined })
      return count++
    }
    const whole = seen instanceof Map ? seen : new Map([[seen.set.hashOf(seen.i, Infinity), seen]])
    glanced.set(few, whole)
    const all = set.hashOf(i, Infinity)
    const first = whole.get(all)
    for (let known = first; known !== undefined; known = known.next)
      if (isSame(set.dataset, i, known.set.dataset, known.i)) return known.number
    whole.set(all, { set, i, number: count, next: first })
    return count++
  }
  return {
    numbersOf: (dataset) => {
      const set = { dataset, hashOf: hashing(dataset) }
      return Uint32Array.from({ length: countOf(dataset) }, (_, i) => numberOf(set, i))
    },
  }
}

/** Throws `OptionError` if two sets hold tokens of different vocabularies: their numbers cannot be compared. */
export const checkComparable = (a: Dataset, b: Dataset): void => {
  if (a.vocabulary === b.vocabulary) return
  if (a.vocabulary?.join('\n') !== b.vocabulary?.join('\n'))
    throw new OptionError('expected two sets of one vocabulary; encode the second with the vocabulary of the first')
}

/** The places at which the numbers of an example begin and end, without the padding behind tokens. */
const boundsOf = ({ features, shape, vocabulary }: Dataset, i: number): readonly [from: number, to: number] => {
  const size = sizeOf(shape)
  const from = i * size
  let to = from + size
  if (vocabulary !== undefined) while (to > from && features[to - 1] === 0) to--
  return [from, to]
}

const isSame = (a: Dataset, i: number, b: Dataset, j: number): boolean => {
  const [from, to] = boundsOf(a, i)
  const [other, end] = boundsOf(b, j)
  if (to - from !== end - other) return false
  for (let k = 0; k < to - from; k++) if (a.features[from + k] !== b.features[other + k]) return false
  return true
}

/** The bits of each byte as a float, so that bytes and floats of one value have one hash. */
const bitsOfBytes = new Uint32Array(Float32Array.from({ length: 256 }, (_, byte) => byte).buffer)

const negativeZero = 0x80000000

/**
 * A hash of 53 bits of an example's numbers, or of `most` of them from end to end: two hashes of 32 bits, each by exclusive or
 * and multiplication, joined.
 *
 * References:
 *   Fowler, Noll & Vo, "The FNV Non-Cryptographic Hash Algorithm", IETF draft, 2012, §2, https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
 */
const hashing = (dataset: Dataset): Hashed['hashOf'] => {
  const wordOf = wordsOf(dataset.features)
  return (i, most) => {
    const [from, to] = boundsOf(dataset, i)
    const step = Math.ceil((to - from) / most) | 1 // odd, so that it does not stay in one column of pictures
    let [a, b] = [0x811c9dc5, 0x9e3779b1]
    for (let k = from; k < to; k += step) {
      const word = wordOf(k)
      a = Math.imul(a ^ word, 0x01000193)
      a ^= a >>> 15
      b = Math.imul(b ^ word, 0x85ebca6b)
      b ^= b >>> 13
    }
    return (a >>> 0) * 2 ** 21 + ((b >>> 0) & (2 ** 21 - 1))
  }
}

/** The bits of a number as a float; those of -0 are those of 0. */
const wordsOf = (features: Dataset['features']): ((k: number) => number) => {
  if (features instanceof Uint8Array) return (k) => bitsOfBytes[features[k] as number] as number
  const words = new Uint32Array(features.buffer, features.byteOffset, features.length)
  return (k) => (words[k] === negativeZero ? 0 : (words[k] as number))
}
