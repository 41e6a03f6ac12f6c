import { threefry, type Key } from './key.ts'

/** A function that returns the next of a sequence of uniform 32-bit integers. */
export type Stream = () => number

/**
 * The random integers that belong to a key, for bulk use.
 *
 * The generator is sfc32, seeded with 128 bits drawn from the key by Threefry.
 *
 * References:
 *   Doty-Humphrey, "PractRand", 2014, sfc32, https://pracrand.sourceforge.net/RNG_engines.txt
 */
export const stream = (from: Key): Stream => {
  const first = threefry(from, { high: 2, low: 0 })
  const second = threefry(from, { high: 2, low: 1 })
  let a = first.high | 0
  let b = first.low | 0
  let c = second.high | 0
  let counter = second.low | 0
  return () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
}

/** `count` numbers uniform in [0, 1), each a multiple of 2⁻²⁴ and so exact in float32. */
export const uniforms = (from: Key, count: number): Float32Array => {
  const next = stream(from)
  const out = new Float32Array(count)
  for (let i = 0; i < count; i++) out[i] = (next() >>> 8) * 2 ** -24
  return out
}

/**
 * `count` numbers from N(0, 1) by the Box-Muller transform, in pairs.
 *
 * References:
 *   Box & Muller, "A note on the generation of random normal deviates", Ann. Math. Statist. 29, 1958, https://doi.org/10.1214/aoms/1177706645
 */
export const normals = (from: Key, count: number): Float32Array => {
  const next = stream(from)
  const out = new Float32Array(count)
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log((next() + 1) * 2 ** -32))
    const angle = 2 * Math.PI * next() * 2 ** -32
    out[i] = radius * Math.cos(angle)
    if (i + 1 < count) out[i + 1] = radius * Math.sin(angle)
  }
  return out
}

/** A random order of the integers from 0 to `count - 1`, each order as likely as another (Fisher-Yates). */
export const permutation = (from: Key, count: number): Uint32Array => {
  const next = stream(from)
  const order = new Uint32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * 2 ** -32 * (i + 1))
    const kept = order[i] as number
    order[i] = order[j] as number
    order[j] = kept
  }
  return order
}
