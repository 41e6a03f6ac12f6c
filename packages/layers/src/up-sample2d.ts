import { scope } from '@ptu/tensor'
import { reshape, tile, type Tensor } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'
import { checkCount } from './options.ts'
import { mapShape } from './window.ts'

/**
 * Each row and column of a map several times.
 *
 * `[batch, height, width, channels] -> [batch, rows · height, columns · width, channels]`.
 *
 * Throws `OptionError` for counts that are no integers from 1, `ShapeError` for an input that is not a map.
 *
 * @example
 * ```ts
 * expect(upSample2d([2, 3]).output([4, 4, 8])).toEqual([8, 12, 8])
 * ```
 */
export const upSample2d = ([rows, columns]: readonly [number, number]): Layer<readonly []> => {
  for (const count of [rows, columns]) checkCount('upSample2d', 'size', count)
  return {
    spec: { type: 'upSample2d', size: [rows, columns] },
    structure: { kind: 'homogeneous' },
    output: (input) => {
      const [height, width, channels] = mapShape('upSample2d', input)
      return [rows * height, columns * width, channels]
    },
    init: () => [],
    apply: (_params, x) =>
      scope((): Tensor => {
        const [batch = 0, height = 0, width = 0, channels = 0] = x.shape
        const high = tile(reshape(x, [batch * height, 1, width * channels]), [1, rows, 1])
        const wide = tile(reshape(high, [batch * rows * height * width, 1, channels]), [1, columns, 1])
        return reshape(wide, [batch, rows * height, columns * width, channels])
      }),
  }
}
