import { maxPool as poolMaximum, type Tensor4D } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'
import { poolWindow, type PoolOptions } from './pool.ts'
import { pairOf, placePads, slide, type Extent } from './window.ts'

/**
 * The maximum over each window, `[batch, height, width, channels] -> [batch, height', width', channels]`.
 *
 * Throws `ShapeError` for an input that is not a map or that the window does not fit in.
 *
 * @example
 * ```ts
 * expect(maxPool(2).output([28, 28, 16])).toEqual([14, 14, 16])
 * ```
 */
export const maxPool = (size: Extent, options: PoolOptions = {}): Layer<readonly []> => {
  const { name, window, spec } = poolWindow('maxPool', size, options)
  return {
    spec,
    structure: { kind: 'homogeneous' },
    output: (input) => [...slide(name, window, input), input[2] ?? 0],
    init: () => [],
    apply: (_params, x) => {
      const [, height = 0, width = 0] = x.shape
      return poolMaximum(x as Tensor4D, pairOf(size), pairOf(window.stride), placePads(window, height, width))
    },
  }
}
