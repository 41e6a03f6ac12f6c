import '@tensorflow/tfjs'
import { memory, setBackend } from '@tensorflow/tfjs-core'
import { configureGlobal } from 'fast-check'
import { afterEach, beforeAll, beforeEach, expect } from 'vitest'

import { toBeAllClose } from './matchers.ts'

expect.extend({ toBeAllClose })

// The same inputs in every run, so that a run has one answer; `npm run test:long` draws new ones.
configureGlobal({ seed: 1 })

let before = 0

beforeAll(async () => {
  await setBackend('cpu')
})

beforeEach(() => {
  before = memory().numTensors
})

// Every test of every file leaves as many tensors as it found.
afterEach(() => {
  expect(memory().numTensors - before, 'tensors leaked by this test').toBe(0)
})
