import { bytesIn } from '@ptu/core'
import { scope } from '@ptu/tensor'
import { reshape, tensor, transpose } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { contiguous, countOf, storedTensor } from './stored-tensor.ts'

/** Axes, each split into parts, and an order of all parts. */
const cases = fc
  .array(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
  .filter((parts) => parts.flat().length <= 5)
  .chain((parts) => {
    const axes = parts.flat().map((_, axis) => axis)
    return fc.record({ parts: fc.constant(parts), order: fc.shuffledSubarray(axes, { minLength: axes.length }) })
  })

describe('a stored tensor in another order', () => {
  it('is what reshape and transpose make of it', () => {
    fc.assert(
      fc.property(cases, ({ parts, order }) => {
        const shape = parts.map(countOf)
        const split = parts.flat()
        const numbers = Float32Array.from({ length: countOf(shape) }, (_, i) => i)
        const layout = { shape, strides: contiguous(shape), offset: 0 }
        const stored = storedTensor('a', 'float32', layout, { littleEndian: true, bytes: () => bytesIn(numbers) })
        scope(() => {
          const found = stored.arranged({ split, order })
          const expected = transpose(reshape(tensor(numbers, shape), split), order)
          expect(found.shape).toEqual(expected.shape)
          expect([...found.dataSync()]).toEqual([...expected.dataSync()])
        })
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  it('that is itself transposed is read by its strides', () => {
    const numbers = Float32Array.of(0, 1, 2, 3, 4, 5)
    const layout = { shape: [3, 2], strides: [1, 3], offset: 0 }
    const stored = storedTensor('a', 'float32', layout, { littleEndian: true, bytes: () => bytesIn(numbers) })
    expect([...stored.values()]).toEqual([0, 3, 1, 4, 2, 5])
    scope(() => {
      expect([...stored.arranged({ split: [3, 2], order: [1, 0] }).dataSync()]).toEqual([0, 1, 2, 3, 4, 5])
    })
  })
})
