import { expect, it } from 'vitest'

import { freshRuns } from './fresh-runs.ts'

it('a property on new inputs runs twenty times as often, for at most 5 s', () => {
  expect(freshRuns(7)).toEqual({ seed: 7, numRuns: 2000, interruptAfterTimeLimit: 5000 })
  expect(freshRuns(9, 30)).toEqual({ seed: 9, numRuns: 600, interruptAfterTimeLimit: 5000 })
})
