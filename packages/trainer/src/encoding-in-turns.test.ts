import { key } from '@ptu/core'
import { dense } from '@ptu/layers'
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest'

import { asIs, blobs } from '../tests/blobs.ts'
import { encodeDataset } from './encodings.ts'

const clock = { now: 0, step: 0 }
let timers: MockInstance<typeof setTimeout>

beforeEach(() => {
  Object.assign(clock, { now: 1000, step: 0 })
  vi.spyOn(performance, 'now').mockImplementation(() => (clock.now += clock.step))
  timers = vi.spyOn(globalThis, 'setTimeout')
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('turns of others', () => {
  it('are given between the chunks of examples that are encoded', async () => {
    clock.step = 50
    const train = blobs(2, key(1))
    const before = timers.mock.calls.length
    const data = await encodeDataset(dense(2), train, asIs, { chunk: 1 })
    expect(timers.mock.calls.length - before).toBe(train.labels.length - 1)
    data.dispose()
  })
})
