import { key } from '@ptu/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { batchesPerEpoch, batchIndices, epochOrder } from './batches.ts'

const counts = fc.integer({ min: 1, max: 200 })
const sizes = fc.integer({ min: 1, max: 64 })

describe('batchIndices', () => {
  it('goes through the order of each epoch, batch by batch, and drops what is left', () => {
    fc.assert(
      fc.property(fc.nat(), counts, sizes, fc.nat({ max: 5 }), (seed, count, size, epoch) => {
        fc.pre(count >= size)
        const perEpoch = batchesPerEpoch(count, size)
        const steps = Array.from({ length: perEpoch }, (_, i) => epoch * perEpoch + i)
        const seen = steps.flatMap((step) => [...batchIndices(key(seed), step, count, size)])
        expect(seen).toEqual([...epochOrder(key(seed), epoch, count).slice(0, perEpoch * size)])
        expect(new Set(seen).size).toBe(perEpoch * size)
      }),
    )
  })

  it('holds all examples where there are fewer than a batch, in a new order each step', () => {
    const [first, second] = [0, 1].map((step) => [...batchIndices(key(3), step, 20, 32)])
    expect(first?.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(second).not.toEqual(first)
  })

  it('depends on the key and the step alone', () => {
    expect(batchIndices(key(1), 17, 50, 16)).toEqual(batchIndices(key(1), 17, 50, 16))
    expect(batchIndices(key(1), 17, 50, 16)).not.toEqual(batchIndices(key(2), 17, 50, 16))
  })

  it('shows every example about equally often although rests are dropped', () => {
    const seen = new Int32Array(10)
    for (let step = 0; step < 3000; step++)
      for (const index of batchIndices(key(4), step, 10, 3)) seen[index] = (seen[index] ?? 0) + 1
    // 1000 epochs show 9 of 10: 900 expected, 5 standard deviations are 47
    for (const count of seen) expect(Math.abs(count - 900)).toBeLessThan(47)
  })

  it.each([
    [0, 0, 4, 'expected count to be an integer from 1, got 0'],
    [0, 4, 0, 'expected size to be an integer from 1, got 0'],
    [-1, 4, 4, 'expected step to be an integer from 0, got -1'],
    [0.5, 4, 4, 'expected step to be an integer from 0, got 0.5'],
  ])('refuses step %j, count %j, size %j', (step, count, size, message) => {
    expect(() => batchIndices(key(0), step, count, size)).toThrow(message)
  })
})
