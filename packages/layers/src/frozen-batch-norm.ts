import { mapParams, scope } from '@ptu/tensor'
import { add, mul, rsqrt, sub, type Tensor } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'
import { identityScaleShift, scaleBoth, type ScaleShiftParams } from './normalisation.ts'

/** The statistics and parameters of a trained batch normalisation, each `[channels]`. */
export interface BatchNormStatistics {
  readonly gamma: Tensor
  readonly beta: Tensor
  readonly mean: Tensor
  readonly variance: Tensor
  readonly epsilon: number
}

/**
 * Batch normalisation by given statistics, `y = scale · x + shift` per channel, `[batch, ..., channels]` to the same.
 *
 * The same in training and at inference: it gathers no statistics. {@link foldBatchNorm} makes its parameters from
 * those of a trained batch normalisation.
 *
 * @example
 * ```ts
 * const block = serial(conv2d(16, 3, { bias: false }), frozenBatchNorm, relu)
 * ```
 *
 * References:
 *   Ioffe & Szegedy, "Batch normalization", ICML 2015, §3.1, https://arxiv.org/abs/1502.03167
 */
export const frozenBatchNorm: Layer<ScaleShiftParams> = {
  spec: { type: 'frozenBatchNorm' },
  structure: {
    kind: 'affine',
    scale: scaleBoth,
    rescale: (params, before, after) =>
      mapParams(params, (leaf, [part]) => mul(leaf, part === 'scale' ? after / before : after)),
  },
  output: (input) => input,
  init: (_key, input) => identityScaleShift(input.at(-1) ?? 1),
  apply: ({ scale, shift }, x) => scope(() => add(mul(x, scale), shift)),
}

/**
 * The parameters of {@link frozenBatchNorm} that compute `gamma · (x - mean) / √(variance + epsilon) + beta`.
 *
 * Borrows the statistics; the caller owns the result.
 */
export const foldBatchNorm = ({ gamma, beta, mean, variance, epsilon }: BatchNormStatistics): ScaleShiftParams =>
  scope(() => {
    const scale = mul(gamma, rsqrt(add(variance, epsilon)))
    return { scale, shift: sub(beta, mul(mean, scale)) }
  })
