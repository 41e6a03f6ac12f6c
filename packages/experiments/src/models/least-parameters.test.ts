import { key } from '@ptu/core'
import { conv2d, dense, flatten, globalAveragePool, relu, residual, serial } from '@ptu/layers'
import { countParams, disposeParams } from '@ptu/tensor'
import { describe, expect, it } from 'vitest'

import { leastParameters } from './least-parameters.ts'

describe('the least number of parameters', () => {
  it.each([
    ['a dense chain', serial(flatten, dense(7), relu, dense(3)), [2, 2, 2]],
    [
      'convolutions with a shortcut',
      serial(residual(conv2d(4, 3), conv2d(4, 1)), globalAveragePool, dense(2)),
      [5, 5, 3],
    ],
  ])('of %s is never above what it has', (_, layer, shape) => {
    const params = layer.init(key(0), shape)
    const least = leastParameters(layer, shape)
    expect(least).toBeGreaterThan(0)
    expect(least).toBeLessThanOrEqual(countParams(params))
    disposeParams(params)
  })

  it('counts every layer of a chain with the inputs that it gets', () => {
    expect(leastParameters(serial(flatten, dense(7), relu, dense(3)), [2, 2, 2])).toBe(8 * 7 + 7 * 3)
  })

  it('knows the size of a network that no memory holds', () => {
    expect(leastParameters(serial(dense(1e6), dense(1e6)), [1])).toBe(1e6 + 1e12)
  })
})
