import { scope } from '@ptu/tensor'
import { add, mul } from '@tensorflow/tfjs-core'

import { fused } from './fused.ts'
import type { Layer } from './layer.ts'
import { identityScaleShift, scaleBoth, standardise, type ScaleShiftParams } from './normalisation.ts'
import { checkPositive } from './options.ts'

/** Options of the layers that normalise. */
export interface NormOptions {
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number
}

/**
 * Standardises the channels of each position and learns their scale and shift, `[batch, ..., channels]` to the same.
 *
 * `y = scale · (x - mean) / √(variance + epsilon) + shift`, mean and variance over the last axis.
 *
 * @example
 * ```ts
 * const block = serial(dense(64), layerNorm(), gelu)
 * ```
 *
 * References:
 *   Ba, Kiros & Hinton, "Layer normalization", 2016, §3, https://arxiv.org/abs/1607.06450
 */
export const layerNorm = ({ epsilon = 1e-5 }: NormOptions = {}): Layer<ScaleShiftParams> => {
  checkPositive('layerNorm', 'epsilon', epsilon)
  return {
    spec: { type: 'layerNorm', epsilon },
    structure: { kind: 'affine', scale: scaleBoth },
    output: (input) => input,
    init: (_key, input) => identityScaleShift(input.at(-1) ?? 1),
    apply: ({ scale, shift }, x) =>
      scope(
        () =>
          fused('PtuLayerNorm', { x, scale, shift }, { epsilon }) ??
          add(mul(standardise(x, [x.rank - 1], epsilon), scale), shift),
      ),
  }
}
