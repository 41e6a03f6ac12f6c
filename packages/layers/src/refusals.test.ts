import { describe, expect, it } from 'vitest'

import {
  averagePool,
  conv2d,
  dense,
  depthwiseConv2d,
  flatten,
  globalAveragePool,
  groupNorm,
  layerNorm,
  maxPool,
  residual,
  serial,
} from './index.ts'

describe('a layer refuses', () => {
  it.each([
    [
      'a map for a dense layer',
      () => dense(10).output([4, 4, 2]),
      'dense(10): expected [batch, in], got [batch, 4, 4, 2]; flatten first',
    ],
    ['no outputs', () => dense(0), 'dense(0): expected out to be an integer of at least 1, got 0'],
    [
      'a vector for a pool',
      () => maxPool(2).output([10]),
      'maxPool(2): expected [batch, height, width, channels], got [batch, 10]',
    ],
    [
      'a map smaller than the window',
      () => maxPool(3).output([2, 5, 1]),
      'a window that spans 3 does not fit in [batch, 2, 5, 1]',
    ],
    [
      'a pool in which a window is all padding',
      () => averagePool(2, { padding: 2 }),
      'averagePool(2): expected a padding below the size, got 2',
    ],
    [
      'a vector for a global pool',
      () => globalAveragePool.output([7]),
      'globalAveragePool: expected [batch, height, width, channels]',
    ],
    [
      'half a multiplier',
      () => depthwiseConv2d(3, { multiplier: 0.5 }),
      'expected multiplier to be an integer of at least 1, got 0.5',
    ],
    [
      'groups that do not divide',
      () => groupNorm(3).output([2, 2, 8]),
      'groupNorm(3): expected channels that 3 divides, got [batch, 2, 2, 8]',
    ],
    ['an epsilon of 0', () => layerNorm({ epsilon: 0 }), 'layerNorm: expected epsilon to be above 0, got 0'],
    [
      'paths of two shapes',
      () => residual(conv2d(4, 3)).output([5, 5, 2]),
      'residual: expected two paths of one shape, got [5, 5, 4] and [5, 5, 2]',
    ],
    [
      'a chain that does not fit',
      () => serial(flatten, conv2d(4, 3)).output([5, 5, 2]),
      'conv2d(4, 3): expected [batch, height, width, channels], got [batch, 50]',
    ],
  ])('%s', (_what, act, message) => {
    expect(act).toThrow(message)
  })
})
