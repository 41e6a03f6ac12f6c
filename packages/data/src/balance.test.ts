import { key, split, type Key } from '@ptu/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { balancedWeights, balanceDraws, classCounts } from './balance.ts'

const labels = Int32Array.of(1, 0, 1, 1, 3, 1, -1, 1)

describe('classCounts', () => {
  it('counts every class, those without labels too, and leaves padding out', () => {
    expect(classCounts(labels, 5)).toEqual([1, 5, 0, 1, 0])
  })

  it.each([
    [3, 'label 4 is 3, expected a class from 0 to 2'],
    [0, 'expected the number of classes, an integer from 1, got 0'],
  ])('refuses %j classes', (classes, message) => {
    for (const count of [classCounts, balancedWeights]) expect(() => count(labels, classes)).toThrow(message)
    expect(() => balanceDraws(key(0), labels, classes, 1)).toThrow(message)
  })
})

describe('a label below -1', () => {
  it('is refused', () => {
    expect(() => classCounts(Int32Array.of(0, -2), 2)).toThrow('label 1 is -2, expected a class from 0 to 1')
  })
})

describe('balancedWeights', () => {
  it('are n / (k · n_c), of the classes that have labels', () => {
    // compute_class_weight('balanced', classes=[0, 1, 3], y=[1, 0, 1, 1, 3, 1, 1]) of scikit-learn gives these three.
    expect(balancedWeights(labels, 4)).toEqual([7 / 3, 7 / 15, 0, 7 / 3])
  })

  it('sum to the number of labels', () => {
    const weights = balancedWeights(labels, 4)
    const sum = labels.reduce((total, label) => total + (weights[label] ?? 0), 0)
    expect(sum).toBeCloseTo(7, 12)
  })
})

describe('balanceDraws', () => {
  it('gives classes equally often, and the examples of each', () => {
    const given = fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.nat(), given, fc.nat(40), (seed, own, count) => {
        fc.pre(own.some((label) => label >= 0))
        const drawn = balanceDraws(key(seed), Int32Array.from(own), 4, count)
        expect(drawn).toHaveLength(count)
        const times = (wanted: (i: number) => boolean): number => [...drawn].filter(wanted).length
        const spread = (all: readonly number[]): number => Math.max(...all) - Math.min(...all)
        const present = [...new Set(own)].filter((label) => label >= 0)
        expect(times((i) => own[i] === -1)).toBe(0)
        expect(spread(present.map((label) => times((i) => own[i] === label)))).toBeLessThanOrEqual(1)
        for (const label of present)
          expect(
            spread(own.flatMap((other, i) => (other === label ? [times((drawnOne) => drawnOne === i)] : []))),
          ).toBeLessThanOrEqual(1)
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  it('draws each class first, each example and each order as likely as another', () => {
    const tally = new Map<string, number>()
    for (const k of split(key(5), 6000)) {
      const drawn = balanceDraws(k, Int32Array.of(0, 0, 1), 2, 2).join()
      tally.set(drawn, (tally.get(drawn) ?? 0) + 1)
    }
    // 0 or 1 with 2, in either order: binomial(6000, 1/4), 1500 expected, 5 standard deviations are 168
    expect([...tally.keys()].toSorted()).toEqual(['0,2', '1,2', '2,0', '2,1'])
    for (const count of tally.values()) expect(Math.abs(count - 1500)).toBeLessThan(168)
    const single = split(key(6), 6000).map((k) => balanceDraws(k, Int32Array.of(0, 0, 1), 2, 1)[0])
    // binomial(6000, 1/2): 5 standard deviations are 194
    expect(Math.abs(single.filter((i) => i === 2).length - 3000)).toBeLessThan(194)
  })

  it('mixes classes', () => {
    const classesOf = (k: Key): string => [...balanceDraws(k, Int32Array.of(0, 1), 2, 4)].join('')
    const orders = new Set(split(key(9), 200).map(classesOf))
    expect([...orders].toSorted()).toEqual(['0011', '0101', '0110', '1001', '1010', '1100'])
  })

  it('draws the rounds of a class and its classes on their own', () => {
    const orders = new Set(
      split(key(7), 200).map((k) => [...balanceDraws(k, Int32Array.of(0, 0, 1, 1), 2, 2)].toSorted().join()),
    )
    expect([...orders].toSorted()).toEqual(['0,2', '0,3', '1,2', '1,3'])
    // 3 of 2: which comes twice is not always the first of the first round
    const twice = new Set(
      split(key(8), 60).map((k) => [...balanceDraws(k, Int32Array.of(0, 0), 1, 3)].toSorted().join()),
    )
    expect([...twice].toSorted()).toEqual(['0,0,1', '0,1,1'])
  })

  it('is the same for the same key', () => {
    expect(balanceDraws(key(1), labels, 4, 9)).toEqual(balanceDraws(key(1), labels, 4, 9))
    expect(balanceDraws(key(1), labels, 4, 9)).not.toEqual(balanceDraws(key(2), labels, 4, 9))
  })

  it('refuses what cannot be drawn', () => {
    expect(() => balanceDraws(key(0), Int32Array.of(-1), 2, 3)).toThrow('expected at least one label, got none')
    expect(() => balanceDraws(key(0), labels, 4, 1.5)).toThrow('expected a whole number of draws, got 1.5')
  })
})
