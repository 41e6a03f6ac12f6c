import { mapParams } from '@ptu/tensor'
import { fill, mul, type Tensor } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'

/** Parameters of `layerScale`. */
export type LayerScaleParams = {
  /** `[channels]` */
  readonly scale: Tensor
}

/** The options of {@link layerScale}. */
export interface LayerScaleOptions {
  /** The factor that every channel starts with. Default 1e-4. */
  readonly initial?: number
}

/**
 * A learnt factor for each channel, `y = scale · x`, `[batch, ..., channels]` to the same.
 *
 * At the end of the path of a residual block it lets the block start near the identity.
 *
 * @example
 * ```ts
 * const block = residual(serial(layerNorm(), selfAttention(8, 2), layerScale()))
 * expect(block.output([5, 8])).toEqual([5, 8])
 * ```
 *
 * References:
 *   Touvron, Cord, Sablayrolles, Synnaeve & Jégou, "Going deeper with image transformers", ICCV 2021, §2, https://arxiv.org/abs/2103.17239
 */
export const layerScale = ({ initial = 1e-4 }: LayerScaleOptions = {}): Layer<LayerScaleParams> => ({
  spec: { type: 'layerScale' },
  structure: {
    kind: 'affine',
    scale: (params, factor) => mapParams(params, (leaf) => mul(leaf, factor)),
    rescale: (params, before, after) => mapParams(params, (leaf) => mul(leaf, after / before)),
  },
  output: (input) => input,
  init: (_key, input) => ({ scale: fill([input.at(-1) ?? 1], initial) }),
  apply: ({ scale }, x) => mul(x, scale),
})
