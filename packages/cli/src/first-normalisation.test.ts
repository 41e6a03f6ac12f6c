import type { StoredTensor } from '@ptu/formats'
import type { StoredWeight } from '@ptu/formats'
import { tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { keptFirst, torchFirst } from './first-normalisation.ts'

/** Numbers whose digits are the places along the four axes of a kernel. */
const numbered = (shape: readonly number[]): Float32Array => {
  const [, b = 1, c = 1, d = 1] = shape
  return Float32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => {
    const places = [Math.floor(i / (b * c * d)), Math.floor(i / (c * d)) % b, Math.floor(i / d) % c, i % d]
    return Number(places.join(''))
  })
}

const torch = (name: string, shape: readonly number[], values = numbered(shape)): StoredTensor => ({
  ...{ name, shape, dtype: 'float32', values: () => values },
  tensor: () => tensor(values, [...shape]),
  arranged: () => tensor(values, [...shape]),
})

describe('the first normalised convolution of a file', () => {
  const stored = (outputs: number) => [
    torch('conv1.weight', [outputs, 3, 5, 2]),
    torch('bn1.weight', [outputs], new Float32Array(outputs).fill(9)),
    torch(
      'bn1.running_mean',
      [outputs],
      Float32Array.from({ length: outputs }, (_, i) => i),
    ),
    torch('bn1.running_var', [outputs], new Float32Array(outputs).fill(2)),
    torch('conv2.weight', [7, outputs, 1, 1]),
    torch('bn2.running_mean', [7]),
  ]

  it('of PyTorch has its axes in the order height, width, channels, outputs', () => {
    const first = torchFirst(stored(4))
    expect(first?.shape).toEqual([5, 2, 3, 4])
    // at height 3, width 1, channel 2, output 0: the digits of the file are output, channel, height, width
    expect(first?.kernel[((3 * 2 + 1) * 3 + 2) * 4]).toBe(231)
    expect(first?.kernel[((3 * 2 + 1) * 3 + 2) * 4 + 3]).toBe(3231)
    expect([first?.bias, first?.mean, first?.variance]).toEqual([
      undefined,
      Float32Array.of(0, 1, 2, 3),
      Float32Array.of(2, 2, 2, 2),
    ])
  })

  it('is that which reads images, with a normalisation of as many channels', () => {
    expect(torchFirst(stored(4).filter(({ name }) => !name.startsWith('bn1')))).toBeUndefined()
    expect(torchFirst(stored(4).slice(1))).toBeUndefined()
    expect(torchFirst([])).toBeUndefined()
  })

  it('of Keras is taken as it is, with its bias', () => {
    const weights = (['a/kernel', 'a/bias', 'norm/gamma', 'norm/moving_mean', 'norm/moving_variance'] as const).map(
      (name): StoredWeight => {
        const shape = name === 'a/kernel' ? [2, 2, 1, 3] : [3]
        return { name, shape, tensor: () => tensor(numbered(shape), shape) }
      },
    )
    expect(keptFirst(weights)).toEqual({
      ...{ kernel: numbered([2, 2, 1, 3]), shape: [2, 2, 1, 3], bias: numbered([3]) },
      ...{ mean: numbered([3]), variance: numbered([3]) },
    })
  })
})
