import { disposeParams } from '@ptu/tensor'
import { tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { relativeChange } from './changed-blocks.ts'

describe('the change of a block', () => {
  it('is the length of the change by the length of the source', async () => {
    const source = { kernel: tensor([3, 0]), bias: tensor([4]) }
    const own = { kernel: tensor([3, 1]), bias: tensor([4]) }
    expect(await relativeChange(own, source)).toBeCloseTo(1 / 5, 6)
    expect(await relativeChange(source, source)).toBe(0)
    expect(await relativeChange({}, {})).toBe(0)
    disposeParams([source, own])
  })

  it('is not known for other shapes, or where the source is zero', async () => {
    const [a, b, zero] = [tensor([1, 2]), tensor([1, 2, 3]), tensor([0, 0])]
    expect(await relativeChange({ a }, { a: b })).toBeNull()
    expect(await relativeChange({ a }, { a, b })).toBeNull()
    expect(await relativeChange({ a }, { a: zero })).toBeNull()
    disposeParams([a, b, zero])
  })
})
