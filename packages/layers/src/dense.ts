import { ShapeError } from '@ptu/core'
import { mapParams, scope } from '@ptu/tensor'
import { add, matMul, mul, zeros, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core'

import { fused } from './fused.ts'
import { heNormal, type Initializer } from './initializers.ts'
import type { Layer } from './layer.ts'
import { checkCount } from './options.ts'

/** Parameters of `dense`. */
export type DenseParams = {
  /** `[in, out]` */
  readonly kernel: Tensor
  /** `[out]` */
  readonly bias: Tensor
}

/** The options of {@link dense}. */
export interface DenseOptions {
  /** Default {@link heNormal}. */
  readonly initializer?: Initializer
}

/**
 * A fully connected layer, `[batch, in] -> [batch, out]`.
 *
 * `y = x · kernel + bias`; the kernel starts from {@link heNormal} unless another initializer is given, the bias from 0.
 *
 * Throws `OptionError` for an `out` that is no positive integer, `ShapeError` for an input with more than one axis beside
 * the batch.
 *
 * @example
 * ```ts
 * expect(dense(10).output([784])).toEqual([10])
 * ```
 */
export const dense = (out: number, { initializer = heNormal }: DenseOptions = {}): Layer<DenseParams> => {
  const name = `dense(${out})`
  checkCount(name, 'out', out)
  return {
    spec: { type: 'dense', out },
    structure: {
      kind: 'affine',
      scale: (params, factor) => mapParams(params, (leaf) => mul(leaf, factor)),
      rescale: ({ kernel, bias }, before, after) =>
        scope(() => ({ kernel: mul(kernel, after / before), bias: mul(bias, after) })),
    },
    output: (input) => {
      if (input.length !== 1)
        throw new ShapeError(`${name}: expected [batch, in], got [batch, ${input.join(', ')}]; flatten first`)
      return [out]
    },
    init: (key, [fanIn = 1]) => ({
      kernel: initializer(key, [fanIn, out], { in: fanIn, out }),
      bias: zeros([out]),
    }),
    apply: ({ kernel, bias }, x) =>
      scope(() => fused('PtuDense', { x, kernel, bias }) ?? add(matMul(x as Tensor2D, kernel as Tensor2D), bias)),
  }
}
