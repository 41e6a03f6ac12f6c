import { key } from '@ptu/core'
import { scope } from '@ptu/tensor'
import { numbersOf } from '@ptu/testing'
import { fill, zeros } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { dropout } from './dropout.ts'

describe('dropout', () => {
  it('drops the part of the entries it is told and keeps their mean', () => {
    const y = scope(() => numbersOf(dropout(0.2).apply([], fill([100, 200], 1), { kind: 'train', key: key(1) })))
    expect(new Set(y.map((value) => value.toFixed(4)))).toEqual(new Set(['0.0000', '1.2500']))
    // 5 standard deviations of a binomial(20000, 0.2) are 283
    expect(Math.abs(y.filter((value) => value === 0).length - 4000)).toBeLessThan(283)
  })

  it('draws other noise from another key', () => {
    const [a, b] = [1, 2].map((seed) =>
      scope(() => numbersOf(dropout(0.5).apply([], fill([50], 1), { kind: 'train', key: key(seed) }))),
    )
    expect(a).not.toEqual(b)
  })

  it('keeps zeros and refuses a rate of 1', () => {
    scope(() => {
      expect(dropout(0.5).apply([], zeros([9]), { kind: 'train', key: key(1) })).toBeAllClose(new Array(9).fill(0))
    })
    expect(() => dropout(1)).toThrow('dropout: expected a rate in [0, 1), got 1')
  })
})
