import { mapParams } from '@ptu/tensor'
import { mul, zeros } from '@tensorflow/tfjs-core'

import { convolveAffine, fullConvolution } from './affine-convolution.ts'
import { windowOf, type ConvolutionOptions, type ConvolutionParams } from './convolution.ts'
import { heNormal } from './initializers.ts'
import type { Layer } from './layer.ts'
import { convolutionMixer } from './mixed-convolution.ts'
import { checkCount } from './options.ts'
import { checkWindow, mapShape, slide } from './window.ts'

/**
 * A convolution, `[batch, height, width, in] -> [batch, height', width', filters]`.
 *
 * `y[b,i,j,o] = bias[o] + Σ kernel[u,v,c,o] · x[b, i·stride + u·dilation - top, j·stride + v·dilation - left, c]`,
 * where `x` is 0 outside the map and the kernel is `[size, size, in, filters]`.
 *
 * Throws `OptionError` for counts that are no positive integers, `ShapeError` for an input that is not a map or that
 * the window does not fit in.
 *
 * @example
 * ```ts
 * expect(conv2d(16, 3, { stride: 2 }).output([28, 28, 1])).toEqual([14, 14, 16])
 * ```
 */
export const conv2d = (filters: number, size: number, options: ConvolutionOptions = {}): Layer<ConvolutionParams> => {
  const { bias: hasBias = true, initializer = heNormal } = options
  const name = `conv2d(${filters}, ${size})`
  const window = windowOf(size, options)
  checkCount(name, 'filters', filters)
  checkWindow(name, window)
  return {
    spec: { type: 'conv2d', filters, ...window, bias: hasBias },
    structure: {
      kind: 'affine',
      scale: (params, factor) => mapParams(params, (leaf) => mul(leaf, factor)),
      applyRectified: (params, x, rectifier) => convolveAffine(fullConvolution, window, params, x, rectifier),
      rescale: (params, before, after) =>
        mapParams(params, (leaf, [part]) => mul(leaf, part === 'kernel' ? after / before : after)),
      mixer: (input) => convolutionMixer(window, slide(name, window, input)),
    },
    output: (input) => [...slide(name, window, input), filters],
    init: (key, input) => {
      const [, , channels] = mapShape(name, input)
      const area = size * size
      const kernel = initializer(key, [size, size, channels, filters], { in: area * channels, out: area * filters })
      return hasBias ? { kernel, bias: zeros([filters]) } : { kernel }
    },
    apply: (params, x) => convolveAffine(fullConvolution, window, params, x),
  }
}

/**
 * A convolution by single positions: the same dense map at each place, `[batch, height, width, in] -> [..., filters]`.
 *
 * @example
 * ```ts
 * const separable = serial(depthwiseConv2d(3), pointwiseConv2d(64))
 * ```
 */
export const pointwiseConv2d = (
  filters: number,
  options: Pick<ConvolutionOptions, 'bias' | 'initializer'> = {},
): Layer<ConvolutionParams> => conv2d(filters, 1, options)
