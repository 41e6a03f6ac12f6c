import { expect, it } from 'vitest'

import { freshParameters } from './fresh-parameters.ts'

it('a property on new inputs runs twenty times as often, for at most 5 s, and keeps what its test says', () => {
  expect(freshParameters(undefined, 7)).toEqual({ seed: 7, numRuns: 2000, interruptAfterTimeLimit: 5000 })
  expect(freshParameters({ numRuns: 30, seed: 1, maxSkipsPerRun: 4 }, 9)).toEqual({
    seed: 9,
    numRuns: 600,
    interruptAfterTimeLimit: 5000,
    maxSkipsPerRun: 4,
  })
})
