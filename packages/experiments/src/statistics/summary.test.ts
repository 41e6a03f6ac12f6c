import { key } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { meanInterval } from './mean-interval.ts'
import { pairedDifference } from './paired-difference.ts'
import { summarise } from './summary.ts'

const results = [
  { name: 'ptu', accuracies: [0.9, 0.8, 0.7], seconds: [3, 3, 3] },
  { name: 'share*', accuracies: [0.8, 0.8, 0.6], seconds: [5, 6, 7] },
  { name: 'any*', accuracies: [0.8, 0.9, 0.6], seconds: [1, 1, 1] },
]
const options = { resolution: 0.01, level: 0.9 }

describe('summarise', () => {
  it('gives each method a row, with its interval and the seconds of all draws', () => {
    const [ptu, share] = summarise(key(0), results, ['share*'], options)
    expect(ptu).toMatchObject({ name: 'ptu', draws: 3, totalSeconds: 9 })
    expect(ptu?.mean).toBeCloseTo(0.8, 12)
    expect(ptu?.interval).toEqual(meanInterval([0.9, 0.8, 0.7], options))
    expect(share?.totalSeconds).toBe(18)
  })

  it('pairs each with every reference in their order, but none with itself', () => {
    const rows = summarise(key(0), results, ['any*', 'share*'], options)
    expect(rows.map(({ differences }) => differences.map(({ reference }) => reference))).toEqual([
      ['any*', 'share*'],
      ['any*'],
      ['share*'],
    ])
    const [first, second] = rows[0]?.differences ?? []
    expect(first).toEqual({
      reference: 'any*',
      ...pairedDifference(key(0), [0.9, 0.8, 0.7], [0.8, 0.9, 0.6], options),
    })
    expect(second?.mean).toBeCloseTo(0.2 / 3, 12)
  })

  it('gives a row that does not depend on the other rows', () => {
    const [alone] = summarise(key(0), results.slice(1), ['share*'])
    expect(alone).toEqual(summarise(key(0), results, ['share*'])[1])
  })

  it('takes methods of any name, and names those there are where a reference is none of them', () => {
    const odd = [{ name: '__proto__', accuracies: [1, 1, 1], seconds: [1, 1, 1] }, ...results]
    expect(summarise(key(0), odd, ['__proto__'], options)[1]?.differences[0]?.reference).toBe('__proto__')
    expect(() => summarise(key(0), results, ['ptu', 'scratch*'])).toThrow(
      'expected references among ptu, share*, any*; got scratch*, which has no results',
    )
  })

  it('refuses unequal numbers of draws', () => {
    const short = [...results, { name: 'scratch*', accuracies: [0.5], seconds: [1] }]
    expect(() => summarise(key(0), short, ['any*'])).toThrow('expected results of the same draws, got 1 and 3')
  })
})
