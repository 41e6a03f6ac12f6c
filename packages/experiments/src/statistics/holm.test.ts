import { describe, expect, it } from 'vitest'

import golden from '../../fixtures/statistics.json' with { type: 'json' }
import { holm } from './holm.ts'

describe('p-values adjusted by Holm', () => {
  it.each(golden.holm)('of $p are those of statsmodels', ({ p, adjusted }) => {
    const found = holm(p)
    expect(found).toHaveLength(p.length)
    for (const [i, wanted] of adjusted.entries()) expect(found[i]).toBeCloseTo(wanted, 14)
  })

  it('of none are none', () => {
    expect(holm([])).toEqual([])
  })

  it('refuses what is no p-value', () => {
    for (const p of [-0.1, 1.1, NaN]) expect(() => holm([0.5, p])).toThrow('expected p-values between 0 and 1')
    expect(holm([0, 1])).toEqual([0, 1])
  })
})
