import fc from 'fast-check'
import { expect, it } from 'vitest'

import { freshRuns, untilSettled } from './fresh-runs.ts'

it('a property on new inputs runs twenty times as often, for at most 5 s', () => {
  expect(freshRuns(7)).toEqual({ seed: 7, numRuns: 2000, interruptAfterTimeLimit: 5000 })
  expect(freshRuns(9, 30)).toEqual({ seed: 9, numRuns: 600, interruptAfterTimeLimit: 5000 })
})

it('a property that is interrupted ends before its test does', async () => {
  const steps: string[] = []
  const slow = fc.asyncProperty(fc.integer(), async () => {
    steps.push('begun')
    await new Promise((resolve) => setTimeout(resolve, 1))
    steps.push('ended')
  })
  // As where the time is over: no run is waited for.
  await untilSettled(slow, (property) => {
    void property.run([1])
    return Promise.resolve()
  })
  expect(steps).toEqual(['begun', 'ended'])
})

it('a property that is waited for still fails where it does not hold', async () => {
  const wrong = fc.asyncProperty(fc.integer(), (n) => Promise.resolve(n === n + 1))
  await expect(untilSettled(wrong, (property) => fc.assert(property))).rejects.toThrow('Property failed')
})
