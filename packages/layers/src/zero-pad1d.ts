import { pad, type Tensor3D } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'
import { checkCount } from './options.ts'
import { sequenceShape } from './sequence.ts'

/**
 * Zeros before and after the steps of a sequence, `[batch, steps, features] -> [batch, before + steps + after, features]`.
 *
 * Throws `OptionError` for counts that are no integers from 0, `ShapeError` for an input that is no sequence.
 *
 * @example
 * ```ts
 * expect(zeroPad1d([1, 0]).output([49, 64])).toEqual([50, 64])
 * ```
 */
export const zeroPad1d = (padding: readonly [before: number, after: number]): Layer<readonly []> => {
  const [before, after] = padding
  for (const count of padding) checkCount('zeroPad1d', 'padding', count, 0)
  return {
    spec: { type: 'zeroPad1d', padding },
    structure: { kind: 'homogeneous' },
    output: (input) => {
      const [steps, features] = sequenceShape('zeroPad1d', input)
      return [before + steps + after, features]
    },
    init: () => [],
    apply: (_params, x) =>
      pad(x as Tensor3D, [
        [0, 0],
        [before, after],
        [0, 0],
      ]),
  }
}
