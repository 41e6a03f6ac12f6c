import { describe, expect, it } from 'vitest'

import type { MethodSummary, Row } from './results.ts'
import { verdictOf } from './verdict.ts'

const any: MethodSummary = { name: 'any', role: 'baseline' }

const row = (method: string, mean: number, low: number, high: number, role: Row['role'] = 'candidate'): Row => ({
  method,
  role,
  mean: 0.8 + mean,
  interval: { low: 0, high: 1 },
  difference: { mean, interval: { low, high }, wins: 3, p: 0.1 },
  parameters: 1,
  bytes: 4,
  seconds: 1,
})

describe('the verdict', () => {
  it('recommends what is above the reference with an interval that excludes zero', () => {
    expect(verdictOf([row('ptu', 0.02, 0.01, 0.03)], any, 5)).toMatch(/\+2\.0 points from any\*.*ship ptu\.$/)
  })

  it('recommends the reference where the others are below', () => {
    expect(verdictOf([row('ptu', -0.02, -0.03, -0.01)], any, 5)).toMatch(/ship what any\* chose\.$/)
  })

  it('tells nothing apart where the interval includes zero', () => {
    expect(verdictOf([row('ptu', 0.01, -0.01, 0.03)], any, 9)).toContain('cannot be told apart')
  })

  it('claims nothing from fewer than five draws', () => {
    const verdict = verdictOf([row('ptu', 0.02, 0.01, 0.03)], any, 4)
    expect(verdict).toContain('4 draws are too few')
    expect(verdict).not.toContain('ship ptu')
  })

  it('never recommends a control, nor a heuristic by its test result', () => {
    const rows = [
      row('fine-tune', 0.2, 0.1, 0.3, 'baseline'),
      row('ptu-fixed', 0.1, 0.05, 0.2, 'control'),
      row('ptu', 0.01, 0.005, 0.02),
    ]
    expect(verdictOf(rows, any, 5)).toMatch(/ship ptu\.$/)
    expect(verdictOf([row('ptu-fixed', 0.1, 0.05, 0.2, 'control')], any, 5)).toMatch(/^No verdict/)
  })
})
