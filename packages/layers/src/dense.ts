import { ShapeError } from '@ptu/core'
import { mapParams, scope, truncatedNormal } from '@ptu/tensor'
import { add, matMul, mul, zeros, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'

export type DenseParams = {
  /** `[in, out]` */
  readonly kernel: Tensor
  /** `[out]` */
  readonly bias: Tensor
}

/**
 * A fully connected layer, `[batch, in] -> [batch, out]`.
 *
 * `y = x · kernel + bias`; the kernel starts from a truncated N(0, 2 / in), the bias from 0.
 *
 * Throws `ShapeError` for an input with more than one axis beside the batch.
 *
 * @example
 * ```ts
 * dense(10).output([784]) // [10]
 * ```
 *
 * References:
 *   He, Zhang, Ren & Sun, "Delving deep into rectifiers", ICCV 2015, §2.2, https://arxiv.org/abs/1502.01852
 */
export const dense = (out: number): Layer<DenseParams> => ({
  spec: { type: 'dense', out },
  structure: {
    kind: 'affine',
    scale: (params, factor) => mapParams(params, (leaf) => mul(leaf, factor)),
    rescale: ({ kernel, bias }, before, after) => ({ kernel: mul(kernel, after / before), bias: mul(bias, after) }),
  },
  output: (input) => {
    if (input.length !== 1)
      throw new ShapeError(
        `dense(${String(out)}): expected [batch, in], got [batch, ${input.join(', ')}]; flatten first`,
      )
    return [out]
  },
  init: (key, [fanIn = 1]) => ({
    kernel: truncatedNormal(key, [fanIn, out], Math.sqrt(2 / fanIn)),
    bias: zeros([out]),
  }),
  apply: ({ kernel, bias }, x) => scope(() => add(matMul(x as Tensor2D, kernel as Tensor2D), bias as Tensor1D)),
})
