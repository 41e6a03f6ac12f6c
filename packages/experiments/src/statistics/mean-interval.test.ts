import { describe, expect, it } from 'vitest'

import golden from '../../fixtures/statistics.json' with { type: 'json' }
import { deviation } from './deviation.ts'
import { criticalFactor, meanInterval, resolutionFloor, studentInterval } from './mean-interval.ts'

describe("Student's interval", () => {
  it.each(golden.student)('of $values at $level is that of SciPy', ({ values, level, low, high }) => {
    const found = studentInterval(values, { level })
    expect(found?.low).toBeCloseTo(low, 9)
    expect(found?.high).toBeCloseTo(high, 9)
  })

  it('is not given of one or two values, which say nothing of their spread', () => {
    for (const values of [[], [1], [1, 2]]) expect(studentInterval(values, { resolution: 1 })).toBeNull()
  })

  it('has no length for equal values and is not given, also where they differ by rounding', () => {
    expect(studentInterval([0, 0, 0, 0])).toBeNull()
    expect(studentInterval([0.9 - 0.8, 0.8 - 0.7, 0.7 - 0.6])).toBeNull()
  })

  it('keeps the floor of the resolution around equal values', () => {
    // 1 - 0.025^(1/5) by hand: 0.5218
    const found = studentInterval([0.5, 0.5, 0.5, 0.5, 0.5], { resolution: 0.01 })
    expect(found?.low).toBeCloseTo(0.5 - 0.005218, 6)
    expect(found?.high).toBeCloseTo(0.5 + 0.005218, 6)
  })

  it('does not add the floor to a longer interval', () => {
    expect(studentInterval([1, 2, 3], { resolution: 0.1 })).toEqual(studentInterval([1, 2, 3]))
  })

  it('refuses levels, resolutions and values out of range', () => {
    for (const level of [0, 1, NaN])
      expect(() => studentInterval([1, 2, 3], { level })).toThrow('expected a level between 0 and 1')
    for (const resolution of [-1, Infinity, NaN])
      expect(() => studentInterval([1, 2, 3], { resolution })).toThrow('expected a resolution of at least 0')
    expect(() => studentInterval([1, NaN, 3])).toThrow('expected finite results, got NaN at place 1')
  })
})

describe('the interval of a mean', () => {
  it("is Student's, widened by 1 + 2.3 / √n about the same mean", () => {
    const values = [1, 4, 2, 3]
    const [narrow, wide] = [studentInterval(values), meanInterval(values)]
    const length = ({ low, high }: { readonly low: number; readonly high: number }): number => high - low
    if (narrow === null || wide === null) throw new Error('no interval')
    expect(length(wide) / length(narrow)).toBeCloseTo(1 + 2.3 / 2, 12)
    expect((wide.low + wide.high) / 2).toBeCloseTo(2.5, 12)
  })

  it('takes level and resolution', () => {
    const at = (level: number): number => meanInterval([1, 2, 3], { level })?.high ?? NaN
    expect(at(0.99)).toBeGreaterThan(at(0.95))
    expect(meanInterval([1, 1, 1], { resolution: 1 })?.high).toBeCloseTo(1 + 1 - 0.025 ** (1 / 3), 12)
  })
})

describe('the factor of standard errors', () => {
  it('is 2.029 times 2.776 of five values at 95 %', () => {
    expect(criticalFactor(5, 0.95)).toBeCloseTo((1 + 2.3 / Math.sqrt(5)) * 2.7764451, 6)
    expect(criticalFactor(5, 0.95, 0)).toBeCloseTo(2.7764451, 6)
  })
})

describe('the floor of the resolution', () => {
  it('is a share of draws that would leave so many equal ones with probability (1 - level) / 2', () => {
    const share = resolutionFloor(7, 0.9, 3) / 3
    expect((1 - share) ** 7).toBeCloseTo(0.05, 12)
  })
})

describe('the standard deviation', () => {
  it('divides by one less than the count', () => {
    expect(deviation([1, 2, 3, 6])).toBeCloseTo(Math.sqrt(14 / 3), 12)
    expect(deviation([5])).toBeNaN()
  })

  it('is 0 of values that are equal up to rounding, and of those alone', () => {
    expect(deviation([0.9 - 0.8, 0.8 - 0.7])).toBe(0)
    expect(deviation([0, 0])).toBe(0)
    expect(deviation([1, 1 + 1e-9])).toBeGreaterThan(0)
  })
})
