import { key, normals, split } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { decision, drawsToDecide } from './decision.ts'
import { differenceOf, pairedDifference } from './paired-difference.ts'

const difference = (differences: readonly number[], resolution = 0): ReturnType<typeof differenceOf> =>
  differenceOf(key(0), differences, { resolution })

describe('a paired difference', () => {
  it('counts a tie as half a win', () => {
    const found = pairedDifference(key(0), [4, 2, 7, 1], [3, 2, 5, 6])
    expect(found).toMatchObject({ count: 4, mean: -0.5, wins: 2.5, p: 1 })
    expect(found.deviation).toBeCloseTo(Math.sqrt(29 / 3), 12)
  })

  it('changes its sign with the order of the two', () => {
    const [a, b] = [pairedDifference(key(0), [4, 2, 9], [3, 5, 1]), pairedDifference(key(0), [3, 5, 1], [4, 2, 9])]
    expect(a.mean).toBe(-b.mean)
    expect(a.interval?.low).toBeCloseTo(-(b.interval?.high ?? NaN), 12)
    expect(a.wins + b.wins).toBe(3)
    expect(a.p).toBe(b.p)
  })

  it('has no interval of two draws, nor of equal differences without a resolution', () => {
    expect(pairedDifference(key(0), [1, 2], [0, 3]).interval).toBeNull()
    expect(pairedDifference(key(0), [1, 1, 1], [0, 0, 0]).interval).toBeNull()
    expect(pairedDifference(key(0), [1, 1, 1], [0, 0, 0], { resolution: 0.1 }).interval?.high).toBeGreaterThan(1.05)
  })

  it('refuses lists of different draws and empty ones', () => {
    expect(() => pairedDifference(key(0), [1], [1, 2])).toThrow('expected results of the same draws, got 1 and 2')
    expect(() => pairedDifference(key(0), [], [])).toThrow('expected results of the same draws, got 0 and 0')
  })
})

describe('a decision', () => {
  it('is ahead or behind where interval and p agree', () => {
    const up = [1, 1.1, 0.9, 1.2, 1, 0.95]
    expect(decision(difference(up))).toEqual({ outcome: 'ahead', fewestDraws: 6, moreDraws: 0 })
    expect(decision(difference(up.map((d) => -d)))).toEqual({ outcome: 'behind', fewestDraws: 6, moreDraws: 0 })
  })

  it('is never made by five draws, however they agree', () => {
    expect(decision(difference([1, 1.1, 0.9, 1.2, 1]))).toEqual({ outcome: 'undecided', fewestDraws: 6, moreDraws: 1 })
  })

  it('needs the interval: six draws that agree but vary are undecided', () => {
    const found = difference([1, 2, 3, 4, 5, 6])
    expect(found.p).toBeLessThan(0.05)
    expect(decision(found).outcome).toBe('undecided')
  })

  it('needs the p: one adjusted for several methods can undo it', () => {
    const found = { ...difference([1, 1.1, 0.9, 1.2, 1, 0.95]), p: 0.05 }
    expect(decision(found)).toMatchObject({ outcome: 'undecided', moreDraws: 1 })
    expect(decision(found, { significance: 0.06 }).outcome).toBe('ahead')
  })

  it('is not made without an interval', () => {
    expect(decision({ ...difference([1, 1.1, 0.9, 1.2, 1, 0.95]), interval: null }).outcome).toBe('undecided')
  })

  it('does not take an interval that touches 0 for one that excludes it', () => {
    const found = { ...difference([1, 1.1, 0.9, 1.2, 1, 0.95]), interval: { low: 0, high: 2 } }
    expect(decision(found).outcome).toBe('undecided')
    expect(decision({ ...found, interval: { low: -2, high: 0 } }).outcome).toBe('undecided')
  })

  it('says how many more draws would do, beyond those there are', () => {
    const found = difference([0.01, 0.03, -0.01])
    expect(decision(found).moreDraws).toBe((drawsToDecide(found) ?? NaN) - 3)
    expect(decision(found, { significance: 0.2 }).moreDraws).toBe(
      (drawsToDecide(found, { significance: 0.2 }) ?? NaN) - 3,
    )
    expect(decision(difference([1, -1, 0, 0])).moreDraws).toBeNull()
  })
})

describe('the draws that decide', () => {
  it('are the least that satisfy the inequality', () => {
    // d = 1: √18 = 4.243 ≥ (1 + 2.3 / √18) · 2.1098 + 0.8416 = 4.095, and √17 = 4.123 < 4.144 with t = 2.1199
    expect(drawsToDecide({ count: 5, mean: 2, deviation: 2 })).toBe(18)
    expect(drawsToDecide({ count: 5, mean: -2, deviation: 2 })).toBe(18)
  })

  it('are six at the least, and more for a higher power or a smaller significance', () => {
    expect(drawsToDecide({ count: 3, mean: 5, deviation: 0.1 })).toBe(6)
    const seen = { count: 5, mean: 1, deviation: 1.5 }
    const [usual, sure, strict] = [{}, { power: 0.95 }, { significance: 0.01 }].map(
      (o) => drawsToDecide(seen, o) ?? NaN,
    )
    expect(sure).toBeGreaterThan(usual ?? NaN)
    expect(strict).toBeGreaterThan(usual ?? NaN)
  })

  it('decide in about 80 % of repetitions, and half as many seldom', () => {
    const wanted = drawsToDecide({ count: 5, mean: 1, deviation: 1 }) ?? NaN
    const part = (count: number): number => {
      const decided = split(key(9), 400).filter(
        (k) => decision(difference([...normals(k, count)].map((z) => 1 + z))).outcome === 'ahead',
      )
      return decided.length / 400
    }
    expect(part(wanted)).toBeGreaterThan(0.72)
    expect(part(wanted)).toBeLessThan(0.9)
    expect(part(Math.round(wanted / 2))).toBeLessThan(0.4)
  })

  it('cannot be said of two draws, of no spread, of no difference, or of one too small to ever show', () => {
    expect(drawsToDecide({ count: 2, mean: 1, deviation: 1 })).toBeNull()
    expect(drawsToDecide({ count: 3, mean: 1, deviation: 1 })).not.toBeNull()
    expect(drawsToDecide({ count: 5, mean: 1, deviation: 0 })).toBeNull()
    expect(drawsToDecide({ count: 1, mean: 1, deviation: NaN })).toBeNull()
    expect(drawsToDecide({ count: 5, mean: 0, deviation: 1 })).toBeNull()
    expect(drawsToDecide({ count: 5, mean: 0.001, deviation: 1 })).toBeNull()
    expect(drawsToDecide({ count: 5, mean: 0.04, deviation: 1 })).toBeGreaterThan(1000)
  })

  it('are asked with a power and a significance between 0 and 1', () => {
    const seen = { count: 5, mean: 1, deviation: 1 }
    expect(() => drawsToDecide(seen, { power: 1 })).toThrow('expected a probability between 0 and 1, got 1')
    expect(() => drawsToDecide(seen, { significance: 0 })).toThrow('expected a significance between 0 and 1, got 0')
  })
})
