import { expect, it } from 'vitest'

import { classesProblem } from './label-evidence.ts'

it('evidence is weighed of two to a thousand classes', () => {
  const isRefused = (classes: number): boolean =>
    classesProblem({ classes: Array.from({ length: classes }, String) }) !== undefined
  expect([1, 2, 1000, 1001].map(isRefused)).toEqual([true, false, false, true])
})

it('evidence is weighed of one number, but not of one label', () => {
  const values = Float64Array.of(1, 2)
  const isRefused = (kind: 'regress' | 'multi-label'): boolean =>
    classesProblem({ classes: ['a'], targets: { kind, values } }) !== undefined
  expect([isRefused('regress'), isRefused('multi-label')]).toEqual([false, true])
})
