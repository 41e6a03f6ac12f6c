import { matMul, reshape, tensor2d, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core'

import type { Initializer } from './initializers.ts'
import type { Padding, Window } from './window.ts'

/** The options of every convolution. */
export interface ConvolutionOptions {
  /** Default 1. */
  readonly stride?: number
  /** Default `'same'`. */
  readonly padding?: Padding
  /** Default 1. */
  readonly dilation?: number
  /** True if a bias is added; default true. */
  readonly bias?: boolean
  /** Default {@link heNormal}. */
  readonly initializer?: Initializer
}

/** The parameters of every convolution. */
export type ConvolutionParams = {
  readonly kernel: Tensor
  /** `[out]`; absent in a layer without bias. */
  readonly bias?: Tensor
}

/** The window that the options describe. */
export const windowOf = (size: number, { stride = 1, padding = 'same', dilation = 1 }: ConvolutionOptions): Window => ({
  size,
  stride,
  padding,
  dilation,
})

/**
 * A kernel with `dilation - 1` zeros between its elements, `[size, size, in, out] -> [span, span, in, out]`.
 *
 * A plain convolution with it equals the dilated convolution. tfjs cannot differentiate dilated convolutions, and its
 * cpu backend differentiates dilated depthwise ones wrongly; this way costs `(span / size)²` times the work and is
 * right everywhere.
 */
export const dilate = (kernel: Tensor, { size, dilation }: Window): Tensor4D => {
  if (dilation === 1 || size === 1) return kernel as Tensor4D
  const [, , channels = 1, out = 1] = kernel.shape
  const span = (size - 1) * dilation + 1
  const places = new Float32Array(span * span * size * size)
  for (let element = 0; element < size * size; element++) {
    const at = Math.floor(element / size) * dilation * span + (element % size) * dilation
    places[at * size * size + element] = 1
  }
  const spread = matMul(tensor2d(places, [span * span, size * size]), reshape(kernel, [size * size, channels * out]))
  return reshape(spread, [span, span, channels, out])
}
