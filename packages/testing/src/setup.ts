import '@tensorflow/tfjs'
import { memory, setBackend } from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, beforeEach, expect } from 'vitest'

import { toBeAllClose } from './matchers.ts'

expect.extend({ toBeAllClose })

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
