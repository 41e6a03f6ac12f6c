import { expect, it } from 'vitest'

import { classesProblem } from './label-evidence.ts'

it('evidence is weighed of two to a thousand classes', () => {
  const isRefused = (classes: number): boolean => classesProblem(classes) !== undefined
  expect([1, 2, 1000, 1001].map(isRefused)).toEqual([true, false, false, true])
})
