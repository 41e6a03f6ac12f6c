import { reverse } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'
import { sequenceShape } from './sequence.ts'

/**
 * The steps from the last to the first, `[batch, steps, features]` to the same.
 *
 * @example
 * ```ts
 * const backward = serial(reverseSteps, gru(8), lastStep()) // what a GRU knows that reads from the end
 * ```
 */
export const reverseSteps: Layer<readonly []> = {
  spec: { type: 'reverseSteps' },
  structure: { kind: 'homogeneous' },
  output: (input) => sequenceShape('reverseSteps', input),
  init: () => [],
  apply: (_params, x) => reverse(x, 1),
}
