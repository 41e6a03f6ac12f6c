import { mapParams } from '@ptu/tensor'
import { mul, reshape, zeros } from '@tensorflow/tfjs-core'

import { convolveAffine, depthwiseConvolution } from './affine-convolution.ts'
import { windowOf, type ConvolutionOptions, type ConvolutionParams } from './convolution.ts'
import { heNormal } from './initializers.ts'
import type { Layer } from './layer.ts'
import { checkCount } from './options.ts'
import { checkWindow, mapShape, pairOf, shownExtent, slide, type Extent } from './window.ts'

/** The options of {@link depthwiseConv2d}. */
export interface DepthwiseOptions extends ConvolutionOptions {
  /** The number of outputs of each input channel; default 1. */
  readonly multiplier?: number
}

/**
 * A convolution of each channel by itself, `[batch, height, width, in] -> [batch, height', width', in · multiplier]`.
 *
 * `y[b,i,j,c·multiplier+m] = bias[c·multiplier+m] + Σ kernel[u,v,c,m] · x[b, i·stride + u·dilation - top, j·stride + v·dilation - left, c]`;
 * the kernel is `[size, size, in, multiplier]`.
 *
 * Throws as {@link conv2d} does.
 *
 * @example
 * ```ts
 * expect(depthwiseConv2d(3, { multiplier: 2 }).output([14, 14, 8])).toEqual([14, 14, 16])
 * ```
 *
 * References:
 *   Chollet, "Xception: deep learning with depthwise separable convolutions", CVPR 2017, §1.1, https://arxiv.org/abs/1610.02357
 */
export const depthwiseConv2d = (size: Extent, options: DepthwiseOptions = {}): Layer<ConvolutionParams> => {
  const { multiplier = 1, bias: hasBias = true, initializer = heNormal } = options
  const name = `depthwiseConv2d(${shownExtent(size)})`
  const window = windowOf(size, options)
  checkCount(name, 'multiplier', multiplier)
  checkWindow(name, window)
  const apply: Layer<ConvolutionParams>['apply'] = (params, x) =>
    convolveAffine(depthwiseConvolution, window, params, x)
  return {
    spec: { type: 'depthwiseConv2d', multiplier, ...window, bias: hasBias },
    structure: {
      kind: 'affine',
      scale: (params, factor) =>
        mapParams(params, (leaf, [part]) =>
          mul(leaf, part === 'kernel' ? reshape(factor, [leaf.shape[2] ?? 0, multiplier]) : factor),
        ),
      rectified: {
        of: apply,
        apply: (params, x, rectifier) => convolveAffine(depthwiseConvolution, window, params, x, rectifier),
      },
      rescale: (params, before, after) =>
        mapParams(params, (leaf, [part]) => mul(leaf, part === 'kernel' ? after / before : after)),
    },
    output: (input) => [...slide(name, window, input), mapShape(name, input)[2] * multiplier],
    init: (key, input) => {
      const [, , channels] = mapShape(name, input)
      const [height, width] = pairOf(size)
      const fans = { in: height * width, out: height * width * multiplier }
      const kernel = initializer(key, [height, width, channels, multiplier], fans)
      return hasBias ? { kernel, bias: zeros([channels * multiplier]) } : { kernel }
    },
    apply,
  }
}
