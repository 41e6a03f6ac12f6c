import { describe, expect, it } from 'vitest'

import { foldIn, key, noKey, split, threefry } from './key.ts'

describe('threefry', () => {
  // Known answers of the Random123 distribution, kat_vectors, threefry2x32 20.
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ])('turns key %j and counter %j into the published %j', ([kh, kl], [ch, cl], [high, low]) => {
    expect(threefry({ high: kh ?? 0, low: kl ?? 0 }, { high: ch ?? 0, low: cl ?? 0 })).toEqual({ high, low })
  })
})

describe('split', () => {
  it('gives the same first keys whatever the count', () => {
    expect(split(key(5), 7).slice(0, 3)).toEqual(split(key(5), 3))
  })

  it('gives keys that differ from each other, from the parent and from folded ones', () => {
    const keys = [key(5), ...split(key(5), 100), ...Array.from({ length: 100 }, (_, i) => foldIn(key(5), i))]
    expect(new Set(keys.map(({ high, low }) => `${String(high)}:${String(low)}`)).size).toBe(201)
  })

  it('tells seeds beyond 32 bits apart', () => {
    expect(key(2 ** 32 + 1)).not.toEqual(key(1))
  })

  it('gives the key that draws nothing of itself', () => {
    expect([...split(noKey, 2), foldIn(noKey, 3)]).toEqual([noKey, noKey, noKey])
  })
})
