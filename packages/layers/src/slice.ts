import { ShapeError } from '@ptu/core'
import { slice as sliced } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'
import { checkCount } from './options.ts'

/**
 * The places `from` to `from + size - 1` of one axis, `[batch, ...]` to the same but for that axis.
 *
 * Axes count from 0 behind the batch: axis 0 of a sequence is its steps. Throws `OptionError` for an axis or a place that is no
 * integer from 0 and for a size that is no positive integer, `ShapeError` for an input that has no such places.
 *
 * @example
 * ```ts
 * expect(slice(1, 8, 4).output([20, 16])).toEqual([20, 4])
 * ```
 */
export const slice = (axis: number, from: number, size: number): Layer<readonly []> => {
  const name = `slice(${axis}, ${from}, ${size})`
  checkCount(name, 'the axis', axis, 0)
  checkCount(name, 'the first place', from, 0)
  checkCount(name, 'the size', size)
  return {
    spec: { type: 'slice', axis, from, size },
    structure: { kind: 'homogeneous' },
    output: (input) => {
      const places = input[axis]
      if (places === undefined || from + size > places)
        throw new ShapeError(
          `${name}: expected an input with ${from + size} places on axis ${axis}, got [batch, ${input.join(', ')}]`,
        )
      return input.with(axis, size)
    },
    init: () => [],
    apply: (_params, x) =>
      sliced(
        x,
        x.shape.map((_, at) => (at === axis + 1 ? from : 0)),
        x.shape.map((places, at) => (at === axis + 1 ? size : places)),
      ),
  }
}
