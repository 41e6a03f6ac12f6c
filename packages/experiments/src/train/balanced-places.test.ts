import { describe, expect, it } from 'vitest'

import { balanceNotes, balancedPlaces, type BalanceRequest } from './balanced-places.ts'

/** Twenty examples: 15 of class 0, 4 of class 1, 1 of class 2. */
const labels = Int32Array.from({ length: 20 }, (_, i) => (i < 15 ? 0 : i < 19 ? 1 : 2))
const request: BalanceRequest = { labels, classes: 3, seed: 1, turn: 0 }
const all = Array.from(labels.keys())

const countsOf = (places: Int32Array): readonly number[] =>
  [0, 1, 2].map((label) => places.filter((place) => labels[place] === label).length)

describe('balanced places', () => {
  it('bring every class to the count of the commonest, with every example of it', () => {
    const drawn = balancedPlaces(all, request)
    expect(countsOf(drawn)).toEqual([15, 15, 15])
    expect(new Set(drawn).size).toBe(20)
  })

  it('are only those that they are drawn from', () => {
    const drawn = balancedPlaces([3, 16, 5, 19], request)
    expect(new Set(drawn)).toEqual(new Set([3, 5, 16, 19]))
    expect(countsOf(drawn)).toEqual([2, 2, 2])
  })

  it('leave out a class without examples', () => {
    expect(countsOf(balancedPlaces([0, 1, 2, 16], request))).toEqual([3, 3, 0])
  })

  it('are at most four times as many', () => {
    const rare = Int32Array.from({ length: 30 }, (_, i) => (i < 20 ? 0 : i - 19))
    const drawn = balancedPlaces(Array.from(rare.keys()), { labels: rare, classes: 11, seed: 0, turn: 0 })
    expect(drawn).toHaveLength(120)
  })

  it('are the same for one seed and turn, and others for another', () => {
    const order = (changes: Partial<BalanceRequest>): string => balancedPlaces(all, { ...request, ...changes }).join()
    expect(order({})).toBe(order({}))
    expect(order({ seed: 2 })).not.toBe(order({}))
    expect(order({ turn: 1 })).not.toBe(order({}))
  })
})

describe('a linear probe that is shipped', () => {
  it('is told to be out of balance where balance was asked for', () => {
    expect(balanceNotes({ balance: true }, 'probe').join()).toContain('--method')
    for (const [spec, method] of [
      [{ balance: true }, 'scratch'],
      [{ balance: false }, 'probe'],
      [{}, 'probe'],
    ] as const)
      expect(balanceNotes(spec, method)).toEqual([])
  })
})
