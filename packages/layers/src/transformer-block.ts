import type { ParamTree } from '@ptu/tensor'

import { selfAttention, type AttentionOptions } from './attention.ts'
import { dense } from './dense.ts'
import { dropout } from './dropout.ts'
import { gelu } from './elementwise.ts'
import { glorotUniform } from './initializers.ts'
import { layerNorm } from './layer-norm.ts'
import { layerScale } from './layer-scale.ts'
import type { Layer } from './layer.ts'
import { residual } from './residual.ts'
import { serial } from './serial.ts'
import { timeDistributed } from './time-distributed.ts'

/** The options of {@link transformerBlock}. */
export interface TransformerOptions extends AttentionOptions {
  /** The channels inside the two dense layers. Default four times the features. */
  readonly hidden?: number
  /** The activation between the two dense layers; masked, one that keeps 0. Default `gelu`. */
  readonly activation?: Layer<readonly []>
  /** The place of the normalisations: before each path, as in vision transformers, or after each sum, as in BERT. Default `before`. */
  readonly norm?: 'before' | 'after'
  /** The number that normalisation adds to a variance. Default 1e-5. */
  readonly epsilon?: number
  /** True if each path ends in a {@link layerScale}. Default false. */
  readonly scaled?: boolean
}

/**
 * A block of a transformer's encoder, `[batch, steps, features]` to the same: self-attention, then two dense layers at each step,
 * each added to what it reads.
 *
 * Normalised before, `h = x + attention(norm(x))`, `y = h + mlp(norm(h))`; after, `h = norm(x + attention(x))`,
 * `y = norm(h + mlp(h))`. It is made of `serial`, `residual` and layers that are linear in their parameters, so that units mix
 * each map by itself. `dropout` acts on the weights of the attention and at the end of each path. If masked, steps of padding
 * stay 0.
 *
 * Throws what its layers throw.
 *
 * @example
 * ```ts
 * const encoder = serial(embedding(5000, 32, { masked: true }), transformerBlock(32, 4, { masked: true }), meanOverTime({ masked: true }))
 * expect(encoder.output([20])).toEqual([32])
 * ```
 *
 * References:
 *   Vaswani et al., "Attention is all you need", NeurIPS 2017, §3.1, https://arxiv.org/abs/1706.03762
 *   Xiong et al., "On layer normalization in the transformer architecture", ICML 2020, table 1, https://arxiv.org/abs/2002.04745
 */
export const transformerBlock = (
  features: number,
  heads: number,
  options: TransformerOptions = {},
): Layer<readonly ParamTree[]> => {
  const { hidden = 4 * features, activation = gelu, norm = 'before', epsilon, scaled = false } = options
  const { masked = false, dropout: rate = 0 } = options
  const atSteps = (layer: Layer): Layer => timeDistributed(layer, { masked })
  const map = (out: number): Layer => atSteps(dense(out, { initializer: glorotUniform }))
  const end = [...(scaled ? [layerScale()] : []), ...(rate > 0 ? [dropout(rate)] : [])]
  const normal = (): Layer => atSteps(layerNorm(epsilon === undefined ? {} : { epsilon }))
  const paths = [[selfAttention(features, heads, { masked, dropout: rate })], [map(hidden), activation, map(features)]]
  return serial(
    ...paths.flatMap((path) =>
      norm === 'before' ? [residual(serial(normal(), ...path, ...end))] : [residual(serial(...path, ...end)), normal()],
    ),
  )
}
