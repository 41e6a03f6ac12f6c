import { key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import golden from '../../fixtures/statistics.json' with { type: 'json' }
import { fewestDraws, signFlipP, smallestSignFlipP } from './sign-flip.ts'

/** By all patterns, one after the other. */
const plainP = (differences: readonly number[]): number => {
  const sums = Array.from({ length: 2 ** differences.length }, (_, pattern) =>
    Math.abs(differences.reduce((sum, d, i) => sum + ((pattern >> i) & 1 ? -d : d), 0)),
  )
  return sums.filter((sum) => sum >= (sums[0] ?? NaN) - 1e-12).length / sums.length
}

describe('the sign-flip p', () => {
  it.each(golden.permutation)('of $values is that of SciPy', ({ values, p }) => {
    expect(signFlipP(key(0), values)).toBeCloseTo(p, 12)
  })

  // By hand: of the 2ⁿ signed sums, the part at least as far from 0 as the sum seen.
  it.each([
    [[1, 2, 3], 2 / 8],
    [[-1, -2, -3], 2 / 8],
    [[1, -1], 1],
    [[2, 2, -1], 4 / 8],
    [[0, 0, 0], 1],
    [[0.1, 0.2, 0.3, 0.4, 0.5], 2 / 32],
    [[5, 0], 1],
    [[3, 1, 1, -1], 8 / 16],
    [[4], 1],
  ])('of %j is %d', (differences, p) => {
    expect(signFlipP(key(0), differences)).toBe(p)
  })

  it('is what counting all patterns gives, whatever the key', () => {
    for (const count of [2, 5, 11, 14]) {
      const differences = [...normals(key(count), count)].map((x) => x + 0.3)
      expect(signFlipP(key(1), differences)).toBe(plainP(differences))
      expect(signFlipP(key(2), differences)).toBe(plainP(differences))
    }
  })

  it('counts sums that are equal but for rounding', () => {
    // .3 + .1 - .1 and .1 + .1 + .1 differ in their last bits
    expect(signFlipP(key(0), [0.3, 0.1, 0.1, -0.2])).toBe(plainP([3, 1, 1, -2]))
  })

  it('does not depend on the unit of the differences', () => {
    for (const unit of [1e-9, 1e9]) {
      expect(signFlipP(key(0), [unit, 2 * unit, 3 * unit])).toBe(2 / 8)
      expect(signFlipP(key(0), [0.3 * unit, 0.1 * unit, 0.1 * unit, -0.2 * unit])).toBe(plainP([3, 1, 1, -2]))
    }
  })

  it('is exact up to 32 pairs', () => {
    const ones = (count: number): readonly number[] => Array.from({ length: count }, () => 1)
    expect(signFlipP(key(0), ones(32))).toBe(2 / 2 ** 32)
    expect(signFlipP(key(0), ones(33))).toBe(1 / (2 ** 14 + 1))
  })

  it('is sampled beyond: the same for a key, near the exact value', () => {
    const differences = [...normals(key(4), 32)].map((x) => x + 0.2)
    const exact = signFlipP(key(0), differences)
    const padded = [...differences, 0]
    expect(signFlipP(key(5), padded)).toBe(signFlipP(key(5), padded))
    expect(signFlipP(key(5), padded)).not.toBe(signFlipP(key(6), padded))
    // 5 standard deviations of a share of 2¹⁴ draws
    expect(Math.abs(signFlipP(key(5), padded) - exact)).toBeLessThan(5 * Math.sqrt(exact / 2 ** 14))
  })

  it('is not a number of no differences, and refuses those that are not finite', () => {
    expect(signFlipP(key(0), [])).toBeNaN()
    expect(() => signFlipP(key(0), [NaN])).toThrow('expected finite results, got NaN at place 0')
  })
})

describe('the smallest p', () => {
  it.each([1, 2, 5, 6, 10, 32, 33, 40])('of %d draws is that of draws that all agree', (count) => {
    const agreeing = Array.from({ length: count }, () => 1)
    expect(smallestSignFlipP(count)).toBe(signFlipP(key(0), agreeing))
  })

  it('of no draws is 1', () => {
    expect(smallestSignFlipP(0)).toBe(1)
  })

  it('needs six draws to fall below .05, five to fall below .1, eight below .01', () => {
    expect([0.05, 0.1, 0.01].map(fewestDraws)).toEqual([6, 5, 8])
    expect(fewestDraws(0.0625)).toBe(6)
  })

  it('is asked at a significance between 0 and 1', () => {
    for (const significance of [0, 1, NaN])
      expect(() => fewestDraws(significance)).toThrow('expected a significance between 0 and 1')
  })
})
