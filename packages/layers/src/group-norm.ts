import { ShapeError } from '@ptu/core'
import { scope } from '@ptu/tensor'
import { add, mul, reshape } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'
import type { NormOptions } from './layer-norm.ts'
import { identityScaleShift, scaleBoth, standardise, type ScaleShiftParams } from './normalisation.ts'
import { checkCount, checkPositive } from './options.ts'

/**
 * Standardises each group of neighbouring channels over all positions, `[batch, ..., channels]` to the same.
 *
 * `y = scale · (x - mean) / √(variance + epsilon) + shift`, mean and variance over the positions and channels of a group.
 *
 * Throws `ShapeError` for channels that the groups do not divide.
 *
 * @example
 * ```ts
 * const block = serial(conv2d(32, 3, { bias: false }), groupNorm(8), relu)
 * ```
 *
 * References:
 *   Wu & He, "Group normalization", ECCV 2018, §3.1, https://arxiv.org/abs/1803.08494
 */
export const groupNorm = (groups: number, { epsilon = 1e-5 }: NormOptions = {}): Layer<ScaleShiftParams> => {
  const name = `groupNorm(${groups})`
  checkCount(name, 'groups', groups)
  checkPositive(name, 'epsilon', epsilon)
  return {
    spec: { type: 'groupNorm', groups, epsilon },
    structure: { kind: 'affine', scale: scaleBoth },
    output: (input) => {
      const channels = input.at(-1) ?? 0
      if (channels < 1 || channels % groups !== 0)
        throw new ShapeError(`${name}: expected channels that ${groups} divides, got [batch, ${input.join(', ')}]`)
      return input
    },
    init: (_key, input) => identityScaleShift(input.at(-1) ?? 1),
    apply: ({ scale, shift }, x) =>
      scope(() => {
        const channels = x.shape.at(-1) ?? 1
        const batch = x.shape[0]
        const grouped = reshape(x, [batch, x.size / (batch * channels), groups, channels / groups])
        return add(mul(reshape(standardise(grouped, [1, 3], epsilon), x.shape), scale), shift)
      }),
  }
}
