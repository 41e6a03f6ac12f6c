import { matMul, reshape, tensor2d, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core'

import type { Initializer } from './initializers.ts'
import { extentOf, pairOf, spanOf, type Extent, type Padding, type Window } from './window.ts'

/** The options of every convolution. */
export interface ConvolutionOptions {
  /** Default 1. */
  readonly stride?: Extent
  /** Default `'same'`. */
  readonly padding?: Padding
  /** Default 1. */
  readonly dilation?: Extent
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
export const windowOf = (size: Extent, { stride = 1, padding = 'same', dilation = 1 }: ConvolutionOptions): Window => ({
  size: extentOf(size),
  stride: extentOf(stride),
  padding,
  dilation: extentOf(dilation),
})

/**
 * A kernel with `dilation - 1` zeros between its elements, `[height, width, in, out] -> [span, span', in, out]`.
 *
 * A plain convolution with it equals the dilated convolution. tfjs cannot differentiate dilated convolutions, and its
 * cpu backend differentiates dilated depthwise ones wrongly; this way costs as many times the work as the spans hold more
 * elements, and is right everywhere.
 */
export const dilate = (kernel: Tensor, window: Window): Tensor4D => {
  const [height, width] = pairOf(window.size)
  const [down, right] = pairOf(window.dilation)
  const spans = [spanOf(window, 0), spanOf(window, 1)] as const
  if (spans[0] === height && spans[1] === width) return kernel as Tensor4D
  const [, , channels = 1, out = 1] = kernel.shape
  const elements = height * width
  const places = new Float32Array(spans[0] * spans[1] * elements)
  for (let element = 0; element < elements; element++) {
    const at = Math.floor(element / width) * down * spans[1] + (element % width) * right
    places[at * elements + element] = 1
  }
  const spread = matMul(tensor2d(places, [spans[0] * spans[1], elements]), reshape(kernel, [elements, channels * out]))
  return reshape(spread, [...spans, channels, out])
}
