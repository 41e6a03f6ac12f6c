import { describe, expect, it } from 'vitest'

import { byteSize, counted, countedOf, duration, nats, percent } from './format.ts'

describe('a length of time', () => {
  it.each([
    [0, '0.0 s'],
    [8.24, '8.2 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [10, '10 s'],
    [59.4, '59 s'],
    [59.7, '1 min 0 s'],
    [60, '1 min 0 s'],
    [119.6, '2 min 0 s'],
    [185, '3 min 5 s'],
    [3599, '59 min 59 s'],
    [3600, '1 h 0 min'],
    [7325, '2 h 2 min'],
  ])('of %f seconds is %s', (seconds, words) => {
    expect(duration(seconds)).toBe(words)
  })
})

describe('a number of bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [46_400, '46 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [1e6, '1.0 MB'],
    [1_249_000, '1.2 MB'],
  ])('%d is %s', (bytes, words) => {
    expect(byteSize(bytes)).toBe(words)
  })
})

describe('a number of things', () => {
  it('has one thing by itself', () => {
    expect([0, 1, 2].map((count) => counted(count, 'draw'))).toEqual(['0 draws', '1 draw', '2 draws'])
    expect([1, 2].map((count) => countedOf(count, 'rows'))).toEqual(['1 row', '2 rows'])
  })
})

describe('a number that rounds to zero', () => {
  it('has no minus', () => {
    expect([-0.04, -0.06, 0.04, 11].map(nats)).toEqual(['+0.0', '-0.1', '+0.0', '+11.0'])
    expect([-0.0004, -0.0006, 0, 0.812].map(percent)).toEqual(['0.0', '-0.1', '0.0', '81.2'])
  })
})
