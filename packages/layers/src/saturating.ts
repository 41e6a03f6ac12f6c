import { scope } from '@ptu/tensor'
import {
  abs,
  add,
  clipByValue,
  div,
  mul,
  selu as scaledExponential,
  softplus as smoothRectifier,
  type Tensor,
} from '@tensorflow/tfjs-core'

import type { Layer, LayerSpec } from './layer.ts'
import { checkPositive } from './options.ts'

const opaque = (spec: LayerSpec, f: (x: Tensor) => Tensor): Layer<readonly []> => ({
  spec,
  structure: { kind: 'opaque' },
  output: (input) => input,
  init: () => [],
  apply: (_params, x) => scope(() => f(x)),
})

/**
 * Scaled exponential linear unit: `1.0507 · x` where it is positive, else `1.7581 · (exp(x) - 1)`.
 *
 * References:
 *   Klambauer, Unterthiner, Mayr & Hochreiter, "Self-normalizing neural networks", NeurIPS 2017, §2, https://arxiv.org/abs/1706.02515
 */
export const selu: Layer<readonly []> = opaque({ type: 'selu' }, (x) => scaledExponential(x))

/** `log(1 + exp(x))`. */
export const softplus: Layer<readonly []> = opaque({ type: 'softplus' }, (x) => smoothRectifier(x))

/** `x / (1 + |x|)`. */
export const softsign: Layer<readonly []> = opaque({ type: 'softsign' }, (x) => div(x, add(abs(x), 1)))

/**
 * A logistic function of three straight pieces, `min(max(slope · x + 0.5, 0), 1)`.
 *
 * The slope is 0.2 in tfjs and Keras 1 and 2, `1/6` in Keras 3 and PyTorch.
 *
 * @example
 * ```ts
 * const gate = serial(dense(8), hardSigmoid(1 / 6))
 * ```
 *
 * References:
 *   Courbariaux, Bengio & David, "BinaryConnect", NeurIPS 2015, §2.3, https://arxiv.org/abs/1511.00363
 */
export const hardSigmoid = (slope = 0.2): Layer<readonly []> => {
  checkPositive('hardSigmoid', 'slope', slope)
  return opaque({ type: 'hardSigmoid', slope }, (x) => clipByValue(add(mul(x, slope), 0.5), 0, 1))
}

/**
 * `min(max(x, 0), max)`.
 *
 * Throws `OptionError` for a maximum that is not above 0.
 *
 * @example
 * ```ts
 * const block = serial(conv2d(16, 3), clippedRelu(20))
 * ```
 */
export const clippedRelu = (max: number): Layer<readonly []> => {
  checkPositive('clippedRelu', 'the maximum', max)
  return opaque({ type: 'clippedRelu', max }, (x) => clipByValue(x, 0, max))
}
