import { describe, expect, it } from 'vitest'

import golden from '../../fixtures/statistics.json' with { type: 'json' }
import { normalProbability, normalQuantile } from './normal.ts'
import { studentQuantile } from './student-quantile.ts'

const relative = (found: number, expected: number): number =>
  Math.abs(found - expected) / Math.max(1, Math.abs(expected))

describe("Student's quantile", () => {
  it.each(golden.studentQuantiles)('at $probability with $degrees degrees is that of SciPy', (row) => {
    expect(relative(studentQuantile(row.probability, row.degrees), row.t)).toBeLessThan(1e-9)
  })

  it('is 0 at one half', () => {
    expect(studentQuantile(0.5, 3)).toBeCloseTo(0, 15)
  })

  it('refuses probabilities and degrees out of range', () => {
    for (const p of [0, 1, NaN]) expect(() => studentQuantile(p, 3)).toThrow('expected a probability between 0 and 1')
    for (const degrees of [0, 1.5])
      expect(() => studentQuantile(0.9, degrees)).toThrow('expected a positive integer as degrees of freedom')
  })
})

describe('the normal distribution', () => {
  it.each(golden.normal)('has the probability of SciPy at $x, and its quantile goes back', ({ x, probability }) => {
    expect(normalProbability(x)).toBeCloseTo(probability, 14)
    if (Math.abs(x) < 5) expect(normalQuantile(probability)).toBeCloseTo(x, 9)
  })

  it('ends at 0 and 1', () => {
    expect([normalProbability(-40), normalProbability(40)]).toEqual([0, 1])
  })

  it('refuses probabilities that no number has', () => {
    for (const p of [0, 1, NaN]) expect(() => normalQuantile(p)).toThrow('expected a probability between 0 and 1')
  })
})
