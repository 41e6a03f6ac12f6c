import { pad, type Tensor4D } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'
import { checkCount } from './options.ts'
import { mapShape } from './window.ts'

/**
 * Zeros around a map,
 * `[batch, height, width, channels] -> [batch, top + height + bottom, left + width + right, channels]`.
 *
 * Convolutions and pooling pad by themselves; this layer is for networks that pad in a separate step.
 *
 * Throws `OptionError` for counts that are no integers from 0, `ShapeError` for an input that is not a map.
 *
 * @example
 * ```ts
 * expect(zeroPad2d([[0, 1], [0, 1]]).output([28, 28, 3])).toEqual([29, 29, 3])
 * ```
 */
export const zeroPad2d = (
  padding: readonly [readonly [number, number], readonly [number, number]],
): Layer<readonly []> => {
  const [[top, bottom], [left, right]] = padding
  for (const count of padding.flat()) checkCount('zeroPad2d', 'padding', count, 0)
  return {
    spec: { type: 'zeroPad2d', padding },
    structure: { kind: 'homogeneous' },
    output: (input) => {
      const [height, width, channels] = mapShape('zeroPad2d', input)
      return [top + height + bottom, left + width + right, channels]
    },
    init: () => [],
    apply: (_params, x) =>
      pad(x as Tensor4D, [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ]),
  }
}
