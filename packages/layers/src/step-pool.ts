import { scope } from '@ptu/tensor'
import {
  cast,
  equal,
  max,
  maximum,
  div,
  mean,
  mul,
  range,
  reshape,
  slice,
  sum,
  type Tensor,
  type Tensor3D,
} from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'
import { constantOf, realSteps, sequenceShape, type MaskedOptions } from './sequence.ts'

const stepPool = (
  type: string,
  { masked = false }: MaskedOptions,
  pool: (x: Tensor, real: Tensor | undefined) => Tensor,
): Layer<readonly []> => ({
  spec: { type, masked },
  structure: { kind: 'homogeneous' },
  output: (input) => [sequenceShape(type, input)[1]],
  init: () => [],
  apply: (_params, x) => {
    sequenceShape(type, x.shape.slice(1))
    return scope(() => pool(x, masked ? realSteps(x) : undefined))
  },
})

/**
 * The last step, `[batch, steps, features] -> [batch, features]`; where masked, the last that is not padding, and 0 for a
 * sequence of padding alone.
 *
 * @example
 * ```ts
 * const reader = serial(gru(32), lastStep(), dense(10))
 * ```
 */
export const lastStep = (options: MaskedOptions = {}): Layer<readonly []> =>
  stepPool('lastStep', options, (x, real) => {
    const [batch = 1, steps = 1, features = 1] = x.shape
    if (real === undefined) return reshape(slice(x as Tensor3D, [0, steps - 1, 0], [-1, 1, -1]), [batch, features])
    return sum(mul(x, constantOf(real, lastOf)), 1)
  })

/**
 * The first step, `[batch, steps, features] -> [batch, features]`: that of the class token of a transformer.
 *
 * @example
 * ```ts
 * const pictures = serial(patchEmbedding(64, 4), classToken(), transformerBlock(64, 4), firstStep, dense(10))
 * expect(pictures.output([28, 28, 1])).toEqual([10])
 * ```
 */
export const firstStep: Layer<readonly []> = {
  spec: { type: 'firstStep' },
  structure: { kind: 'homogeneous' },
  output: (input) => [sequenceShape('firstStep', input)[1]],
  init: () => [],
  apply: (_params, x) => {
    const [, features] = sequenceShape('firstStep', x.shape.slice(1))
    return scope(() => reshape(slice(x as Tensor3D, [0, 0, 0], [-1, 1, -1]), [x.shape[0], features]))
  },
}

/**
 * The mean over steps, `[batch, steps, features] -> [batch, features]`; where masked, over those that are not padding,
 * and 0 for a sequence of padding alone.
 *
 * @example
 * ```ts
 * const reader = serial(embedding(5000, 32, { masked: true }), meanOverTime({ masked: true }), dense(2))
 * ```
 */
export const meanOverTime = (options: MaskedOptions = {}): Layer<readonly []> =>
  stepPool('meanOverTime', options, (x, real) =>
    real === undefined ? mean(x, 1) : div(sum(x, 1), maximum(sum(real, 1), 1)),
  )

/** 1 for the last real step, else 0. */
const lastOf = (real: Tensor): Tensor => {
  const [, steps = 1] = real.shape
  const places = mul(real, reshape(range(1, steps + 1), [1, steps, 1]))
  return cast(equal(places, max(places, 1, true)), 'float32')
}
