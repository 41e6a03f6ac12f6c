import { tensor1d } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { firstDifference, numbersOf, toBeAllClose } from './matchers.ts'

describe('the first difference', () => {
  it('is at the first number that is too far away', () => {
    expect(firstDifference([1, 2, 9, 9], [1, 2, 3, 4])).toBe('at 2 of 4: expected 3, got 9')
    expect(firstDifference([5, 2], [1, 2])).toBe('at 0 of 2: expected 1, got 5')
    expect(firstDifference([], [])).toBeUndefined()
  })

  it('is a length', () => {
    expect(firstDifference([1], [1, 2])).toBe('expected 2 numbers, got 1')
    expect(firstDifference([1, 2], [1])).toBe('expected 1 numbers, got 2')
  })

  it('is beyond 1e-6 and 1e-5 of what was expected', () => {
    const close = (received: number, expected: number) => firstDifference([received], [expected]) === undefined
    expect([close(1.0e-6, 0), close(-1.0e-6, 0), close(1.1e-6, 0), close(-1.1e-6, 0)]).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect([close(1000.0099, 1000), close(1000.0111, 1000)]).toEqual([true, false])
    expect([close(-1000.0099, -1000), close(-999.9889, -1000), close(1000, -1000)]).toEqual([true, false, false])
  })

  it('takes the tolerance that is given, measured by what was expected', () => {
    expect(firstDifference([1.5], [1], { absolute: 0.5, relative: 0 })).toBeUndefined()
    expect(firstDifference([3], [2], { absolute: 0, relative: 0.5 })).toBeUndefined()
    expect(firstDifference([2], [3.5], { absolute: 0, relative: 0.5 })).toBeUndefined()
    expect(firstDifference([3.5], [2], { absolute: 0, relative: 0.5 })).toBe('at 0 of 1: expected 2, got 3.5')
  })

  it('is NaN on either side, and no infinity that is expected', () => {
    expect(firstDifference([NaN], [0])).toBeDefined()
    expect(firstDifference([0], [NaN])).toBeDefined()
    expect(firstDifference([NaN], [NaN])).toBeDefined()
    expect(firstDifference([Infinity, -Infinity], [Infinity, -Infinity])).toBeUndefined()
    expect(firstDifference([Infinity], [-Infinity])).toBeDefined()
    expect(firstDifference([5], [Infinity])).toBe('at 0 of 1: expected Infinity, got 5')
    expect(firstDifference([Infinity], [5])).toBe('at 0 of 1: expected 5, got Infinity')
  })
})

describe('toBeAllClose', () => {
  it('compares tensors and lists', () => {
    const x = tensor1d([1, 2])
    expect(numbersOf(x)).toEqual([1, 2])
    expect(x).toBeAllClose([1, 2])
    expect(x).not.toBeAllClose([1, 3])
    expect(() => {
      expect(x).toBeAllClose([1, 3])
    }).toThrow('at 1 of 2: expected 3, got 2')
    expect(() => {
      expect(x).not.toBeAllClose([1, 2])
    }).toThrow('expected a difference, found none')
    x.dispose()
  })

  it('measures by what was expected', () => {
    const tolerance = { absolute: 0, relative: 0.5 }
    expect([toBeAllClose([2], [4], tolerance).pass, toBeAllClose([4], [2], tolerance).pass]).toEqual([true, false])
  })
})
