/** A splittable random key of 64 bits. Equal keys give equal numbers; nothing else does. */
export interface Key {
  readonly high: number
  readonly low: number
}

/**
 * The root key of a run, from an integer seed below 2⁵³.
 *
 * @example
 * ```ts
 * const [weights, noise] = split(key(7), 2)
 * expect(weights).not.toEqual(noise)
 * ```
 */
export const key = (seed: number): Key => ({ high: Math.floor(seed / 2 ** 32) >>> 0, low: seed >>> 0 })

/**
 * The key that draws nothing: keys derived from it are itself, and random tensors of it are zeros. It gives the shapes of a
 * network's parameters at once, where drawing them takes seconds.
 *
 * @example
 * ```ts
 * expect(split(noKey, 2)).toEqual([noKey, noKey])
 * ```
 */
export const noKey: Key = { high: -1, low: -1 }

const isNone = ({ high }: Key): boolean => high < 0

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by))

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const

/**
 * Threefry-2x32 with 20 rounds: a keyed bijection of 64-bit counters whose outputs pass every known statistical test.
 *
 * References:
 *   Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, §3, https://doi.org/10.1145/2063384.2063405
 */
export const threefry = ({ high, low }: Key, counter: Key): Key => {
  const schedule = [high, low, 0x1bd11bda ^ high ^ low] as const
  let a = (counter.high + high) | 0
  let b = (counter.low + low) | 0
  for (let group = 0; group < 5; group++) {
    for (const by of rotations[(group % 2) as 0 | 1]) {
      a = (a + b) | 0
      b = rotate(b, by) ^ a
    }
    a = (a + schedule[((group + 1) % 3) as 0 | 1 | 2]) | 0
    b = (b + schedule[((group + 2) % 3) as 0 | 1 | 2] + group + 1) | 0
  }
  return { high: a >>> 0, low: b >>> 0 }
}

const derived = (parent: Key, counter: Key): Key => (isNone(parent) ? parent : threefry(parent, counter))

/** Derives `count` independent keys from one. The first keys do not depend on `count`. */
export const split = (parent: Key, count: number): readonly Key[] =>
  Array.from({ length: count }, (_, i) => derived(parent, { high: 0, low: i }))

/** Derives the key of a named or numbered part: `foldIn(run, step)`. */
export const foldIn = (parent: Key, part: number): Key => derived(parent, { high: 1, low: part >>> 0 })
