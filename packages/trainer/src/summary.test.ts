import { key } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { summarise } from './summary.ts'

const results = [
  { name: 'ptu', accuracies: [0.9, 0.8, 0.7], seconds: [3, 3, 3] },
  { name: 'share*', accuracies: [0.8, 0.8, 0.6], seconds: [5, 6, 7] },
]

describe('summarise', () => {
  it('gives each candidate a row, paired with the reference', () => {
    const [ptu, share] = summarise(key(0), results, 'share*')
    expect(ptu).toMatchObject({ name: 'ptu', cells: 3, totalSeconds: 9, difference: { wins: 2.5, p: 0.5 } })
    expect(ptu?.mean).toBeCloseTo(0.8, 12)
    expect(share).not.toHaveProperty('difference')
    expect(share?.totalSeconds).toBe(18)
  })

  it('gives a row that does not depend on the other rows', () => {
    const [alone] = summarise(key(0), results.slice(1), 'share*')
    expect(alone).toEqual(summarise(key(0), results, 'share*')[1])
  })

  it('names the candidates where the reference is none of them', () => {
    expect(() => summarise(key(0), results, 'any*')).toThrow(
      'expected the reference to be one of ptu, share*; got any*',
    )
  })
})
