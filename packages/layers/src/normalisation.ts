import { mapParams, scope, withGradient } from '@ptu/tensor'
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

/**
 * Standardises over `axes`: `y = (x - mean) / √(variance + epsilon)`.
 *
 * Its gradient is written out, in fewer passes than the derived one has: `∂x = (∂y - mean(∂y) - y · mean(∂y · y)) / √(variance + epsilon)`.
 * Only `x` is saved, so that the derivative of the gradient is right too.
 */
export const standardise = (x: Tensor, axes: readonly number[], epsilon: number): Tensor => {
  const average = (of: Tensor): Tensor => mean(of, [...axes], true)
  const standard = (input: Tensor): readonly [Tensor, Tensor] => {
    const centred = sub(input, average(input))
    const factor = rsqrt(add(average(square(centred)), epsilon))
    return [mul(centred, factor), factor]
  }
  return withGradient(
    (save, [input]) => {
      save([input])
      return {
        value: standard(input)[0],
        gradient: (dy, [given = input]) =>
          scope(() => {
            const [y, factor] = standard(given)
            return [mul(sub(sub(dy, average(dy)), mul(y, average(mul(dy, y)))), factor)]
          }),
      }
    },
    [x] as const,
  )
}
