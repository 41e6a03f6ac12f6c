import { scope } from '@ptu/tensor'
import { avgPool, mul, pad, tensor4d, type Tensor4D } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'
import { poolWindow, type PoolOptions } from './pool.ts'
import { pairOf, placePads, slide, type Extent, type Pads, type Window } from './window.ts'

/** The number of positions inside the map that each window along one axis covers. */
const held = (window: Window, axis: 0 | 1, length: number, [before, after]: readonly [number, number]): number[] => {
  const [size, stride] = [pairOf(window.size)[axis], pairOf(window.stride)[axis]]
  return Array.from({ length: Math.floor((length + before + after - size) / stride) + 1 }, (_, i) => {
    const start = i * stride - before
    return Math.min(start + size, length) - Math.max(start, 0)
  })
}

/** The factor, `[1, height', width', 1]`, that turns a mean which counts padding into one which does not. */
const correction = (window: Window, height: number, width: number, pads: Pads): Tensor4D => {
  const rows = held(window, 0, height, pads[1])
  const columns = held(window, 1, width, pads[2])
  const [down, across] = pairOf(window.size)
  const values = rows.flatMap((row) => columns.map((column) => (down * across) / (row * column)))
  return tensor4d(values, [1, rows.length, columns.length, 1])
}

/**
 * The mean over each window, `[batch, height, width, channels] -> [batch, height', width', channels]`.
 *
 * Padding is not counted. With padding it is computed as a mean over a padded map times a constant, because the
 * gradient that tfjs has for a padded average divides by the whole window.
 *
 * Throws `ShapeError` for an input that is not a map or that the window does not fit in.
 *
 * @example
 * ```ts
 * expect(averagePool(2).output([28, 28, 16])).toEqual([14, 14, 16])
 * ```
 */
export const averagePool = (size: Extent, options: PoolOptions = {}): Layer<readonly []> => {
  const { name, window, spec } = poolWindow('averagePool', size, options)
  return {
    spec,
    structure: { kind: 'homogeneous' },
    output: (input) => [...slide(name, window, input), input[2] ?? 0],
    init: () => [],
    apply: (_params, x) => {
      const [, height = 0, width = 0] = x.shape
      const pads = placePads(window, height, width)
      if (pads.flat().every((count) => count === 0))
        return avgPool(x as Tensor4D, pairOf(size), pairOf(window.stride), 'valid')
      return scope(() => {
        const mean = avgPool(pad(x as Tensor4D, pads), pairOf(size), pairOf(window.stride), 'valid')
        return mul(mean, correction(window, height, width, pads))
      })
    },
  }
}
