import { key, normals, split } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { bootstrapInterval, mean, pairedDifference, signFlipP } from './statistics.ts'

describe('the sign-flip p', () => {
  // By hand: of the 2ⁿ signed sums, the part at least as far from 0 as the sum seen.
  it.each([
    [[1, 2, 3], 2 / 8],
    [[1, -1], 1],
    [[2, 2, -1], 4 / 8],
    [[0, 0, 0], 1],
    [[0.1, 0.2, 0.3, 0.4, 0.5], 2 / 32],
    [[5, 0], 1],
    [[3, 1, 1, -1], 8 / 16],
  ])('of %j is %d', (differences, p) => {
    expect(signFlipP(key(0), differences)).toBe(p)
  })

  it('counts every pattern up to 14 pairs, so the key does not matter', () => {
    const differences = [...normals(key(1), 14)]
    expect(signFlipP(key(2), differences)).toBe(signFlipP(key(3), differences))
  })

  it('is sampled beyond 14 pairs: the same for a key, near the exact value, never 0', () => {
    const all = Array.from({ length: 20 }, () => 1)
    expect(signFlipP(key(2), all)).toBe(1 / (2 ** 14 + 1))
    const differences = [...normals(key(4), 14)]
    const exact = signFlipP(key(0), differences)
    const padded = [...differences, 0]
    expect(signFlipP(key(5), padded)).toBe(signFlipP(key(5), padded))
    // 5 standard deviations of a share of 2¹⁴ draws
    expect(Math.abs(signFlipP(key(5), padded) - exact)).toBeLessThan((5 * 0.5) / 2 ** 7)
  })
})

describe('the bootstrap interval', () => {
  it('of two cells has the quantiles of their three possible means', () => {
    // means 0, 1, 2 with chances 1/4, 1/2, 1/4
    expect(bootstrapInterval(key(0), [0, 2])).toEqual({ low: 0, high: 2 })
    expect(bootstrapInterval(key(0), [0, 2], { level: 0.4 })).toEqual({ low: 1, high: 1 })
  })

  it('of equal cells is a point', () => {
    expect(bootstrapInterval(key(0), [0.5, 0.5, 0.5])).toEqual({ low: 0.5, high: 0.5 })
  })

  it('holds the true mean of normal data about as often as it says', () => {
    const held = split(key(7), 200).filter((k) => {
      const { low, high } = bootstrapInterval(k, [...normals(k, 30)], { resamples: 500 })
      return low <= 0 && 0 <= high
    })
    // 186 expected (93 % at n = 30), 5 standard deviations are 18
    expect(held.length).toBeGreaterThan(168)
    expect(held.length).toBeLessThan(200)
  })

  it('is the same for the same key', () => {
    const values = [...normals(key(1), 9)]
    expect(bootstrapInterval(key(2), values)).toEqual(bootstrapInterval(key(2), values))
    expect(bootstrapInterval(key(2), values)).not.toEqual(bootstrapInterval(key(3), values))
  })
})

describe('a paired difference', () => {
  it('counts a tie as half a win', () => {
    const { count, mean: difference, wins, p } = pairedDifference(key(0), [4, 2, 7], [3, 2, 5])
    expect([count, difference, wins, p]).toEqual([3, 1, 2.5, 0.5])
  })

  it('changes its sign with the order of the two', () => {
    const [a, b] = [pairedDifference(key(0), [4, 2], [3, 5]), pairedDifference(key(0), [3, 5], [4, 2])]
    expect(a.mean).toBe(-b.mean)
    expect(a.wins + b.wins).toBe(2)
    expect(a.p).toBe(b.p)
  })

  it('refuses lists of different cells', () => {
    expect(() => pairedDifference(key(0), [1], [1, 2])).toThrow('expected results of the same cells, got 1 and 2')
  })
})

describe('mean', () => {
  it('is the sum over the count', () => {
    expect(mean([1, 2, 6])).toBe(3)
  })
})
