import { key } from '@ptu/core'
import { disposeParams, normal } from '@ptu/tensor'
import * as tf from '@tensorflow/tfjs'
import { describe, expect, it } from 'vitest'

import { fromFunction } from '../src/index.ts'

describe('a source from a function', () => {
  it('gives what the function gives', () => {
    const source = fromFunction((x) => [tf.mul(x, 2), tf.sum(x, 1, true)], { double: [3], sum: [1] })
    const x = normal(key(1), [4, 3])
    const found = source.activations(x)
    expect(found.map(({ shape }) => shape)).toEqual([
      [4, 3],
      [4, 1],
    ])
    disposeParams([x, [...found]])
  })

  it('refuses tensors of other shapes than promised, and frees them', () => {
    const source = fromFunction((x) => [tf.mul(x, 2)], { double: [3], sum: [1] })
    const x = normal(key(1), [4, 3])
    expect(() => source.activations(x)).toThrow('expected tensors of the promised shapes [4, 3], [4, 1], got [4, 3]')
    x.dispose()
  })
})
