import { describe, expect, it } from 'vitest'

import { percent, points, probability, signed } from './words.ts'

describe('a number in words', () => {
  it('is a percentage with one decimal, and never -0.0', () => {
    expect([0.8123, 1, 0, -0.0001, -0.02].map(percent)).toEqual(['81.2', '100.0', '0.0', '0.0', '-2.0'])
  })

  it('is a difference with its sign, which nothing has not', () => {
    expect([0.012, -0.012, 0, -0.0001, 0.0001].map(points)).toEqual(['+1.2', '-1.2', '+0.0', '+0.0', '+0.0'])
  })

  it('is a difference in another unit with its sign', () => {
    const shown = (value: number): string => value.toFixed(3)
    expect([0.012, -0.012, 0, -0.0001].map((value) => signed(shown, value))).toEqual([
      '+0.012',
      '-0.012',
      '+0.000',
      '+0.000',
    ])
  })

  it('is a probability with three decimals from .001 on', () => {
    expect([0.0009999, 0.001, 0.05, 1, 0].map(probability)).toEqual(['<0.001', '0.001', '0.050', '1.000', '<0.001'])
  })
})
