import { mapParams } from '@ptu/tensor'
import { add, mean, mul, ones, rsqrt, square, sub, zeros, type Tensor } from '@tensorflow/tfjs-core'

import type { Affine } from './structure.ts'

/** The parameters of every normalisation: a factor and a summand per channel, both `[channels]`. */
export type ScaleShiftParams = {
  readonly scale: Tensor
  readonly shift: Tensor
}

/** Scale 1 and shift 0. */
export const identityScaleShift = (channels: number): ScaleShiftParams => ({
  scale: ones([channels]),
  shift: zeros([channels]),
})

/** Both parameters times a factor per channel. */
export const scaleBoth: Affine<ScaleShiftParams>['scale'] = (params, factor) =>
  mapParams(params, (leaf) => mul(leaf, factor))

/** `(x - mean) / √(variance + epsilon)` with the mean and variance over `axes`. */
export const standardise = (x: Tensor, axes: readonly number[], epsilon: number): Tensor => {
  const centred = sub(x, mean(x, [...axes], true))
  return mul(centred, rsqrt(add(mean(square(centred), [...axes], true), epsilon)))
}
