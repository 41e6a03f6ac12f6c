import { key } from '@ptu/core'
import { disposeParams, scope } from '@ptu/tensor'
import { fill, tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { conv2d } from './conv2d.ts'
import { infer } from './layer.ts'

describe('conv2d', () => {
  it('sums each neighbourhood, with zeros outside of the map', () => {
    scope(() => {
      const params = { kernel: fill([3, 3, 1, 1], 1), bias: fill([1], 100) }
      const x = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1])
      expect(conv2d(1, 3).apply(params, x, infer)).toBeAllClose([112, 121, 116, 127, 145, 133, 124, 139, 128])
    })
  })

  it.each([
    ['same', 2, 1, [7, 8]],
    ['same', 1, 2, [13, 16]],
    ['valid', 1, 1, [11, 14]],
    ['valid', 2, 2, [5, 6]],
    [2, 3, 1, [5, 6]],
    [
      [
        [0, 1],
        [2, 0],
      ],
      1,
      1,
      [12, 16],
    ],
  ] as const)('with padding %j, stride %i and dilation %i gives a map of %j', (padding, stride, dilation, map) => {
    const layer = conv2d(4, 3, { padding, stride, dilation })
    expect(layer.output([13, 16, 2])).toEqual([...map, 4])
    const params = layer.init(key(1), [13, 16, 2])
    const y = scope(() => layer.apply(params, fill([2, 13, 16, 2], 1), infer))
    expect(y.shape).toEqual([2, ...map, 4])
    disposeParams([params, y])
  })

  it('has no bias where none is asked for', () => {
    const params = conv2d(2, 1, { bias: false }).init(key(1), [4, 4, 3])
    expect(Object.keys(params)).toEqual(['kernel'])
    disposeParams(params)
  })

  it('refuses what it cannot do and says what to do', () => {
    expect(() => conv2d(4, 3).output([784])).toThrow(
      'conv2d(4, 3): expected [batch, height, width, channels], got [batch, 784]',
    )
    expect(() => conv2d(4, 5, { padding: 'valid' }).output([3, 9, 1])).toThrow(
      "conv2d(4, 5): a window that spans 5 does not fit in [batch, 3, 9, 1]; use padding 'same' or a smaller window",
    )
    expect(() => conv2d(0, 3)).toThrow('conv2d(0, 3): expected filters to be an integer of at least 1, got 0')
    expect(() => conv2d(1, 3, { padding: -1 })).toThrow('expected padding to be an integer of at least 0, got -1')
  })
})
