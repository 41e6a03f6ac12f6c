import { OptionError, ShapeError } from '@ptu/core'
import { mapParams, type Shape } from '@ptu/tensor'
import { mul, zeros } from '@tensorflow/tfjs-core'

import { convolveAffine, fullConvolution, groupedConvolution } from './affine-convolution.ts'
import { windowOf, type ConvolutionOptions, type ConvolutionParams } from './convolution.ts'
import { heNormal } from './initializers.ts'
import type { Layer } from './layer.ts'
import { convolutionMixer } from './mixed-convolution.ts'
import { checkCount } from './options.ts'
import { checkWindow, mapShape, pairOf, shownExtent, slide, type Extent } from './window.ts'

/** The options of {@link conv2d}. */
export interface Conv2dOptions extends ConvolutionOptions {
  /** The number of groups of channels; default 1. */
  readonly groups?: number
}

/**
 * A convolution, `[batch, height, width, in] -> [batch, height', width', filters]`.
 *
 * `y[b,i,j,o] = bias[o] + Σ kernel[u,v,c,o] · x[b, i·stride + u·dilation - top, j·stride + v·dilation - left, c]`,
 * where `x` is 0 outside the map and the kernel is `[size, size, in, filters]`. A size, stride or dilation of two numbers is
 * that of the height and that of the width.
 *
 * With groups, input and output are cut into that many runs of channels, and each run of filters reads its run of the input
 * alone: the kernel is `[size, size, in / groups, filters]`.
 *
 * Throws `OptionError` for counts that are no positive integers or groups that do not divide the filters, `ShapeError` for an
 * input that is not a map, that the groups do not divide or that the window does not fit in.
 *
 * @example
 * ```ts
 * expect(conv2d(16, 3, { stride: 2 }).output([28, 28, 1])).toEqual([14, 14, 16])
 * expect(conv2d(16, [1, 7], { groups: 4 }).output([28, 28, 8])).toEqual([28, 28, 16])
 * ```
 *
 * References:
 *   Xie, Girshick, Dollár, Tu & He, "Aggregated residual transformations for deep neural networks", CVPR 2017, §3.4, https://arxiv.org/abs/1611.05431
 */
export const conv2d = (filters: number, size: Extent, options: Conv2dOptions = {}): Layer<ConvolutionParams> => {
  const { bias: hasBias = true, initializer = heNormal, groups = 1 } = options
  const name = `conv2d(${filters}, ${shownExtent(size)})`
  const window = windowOf(size, options)
  const convolution = groups === 1 ? fullConvolution : groupedConvolution(groups)
  checkCount(name, 'filters', filters)
  checkGroups(name, groups, filters)
  checkWindow(name, window)
  const apply: Layer<ConvolutionParams>['apply'] = (params, x) => convolveAffine(convolution, window, params, x)
  return {
    spec: { type: 'conv2d', filters, ...window, bias: hasBias, ...(groups > 1 && { groups }) },
    structure: {
      kind: 'affine',
      scale: (params, factor) => mapParams(params, (leaf) => mul(leaf, factor)),
      rectified: {
        of: apply,
        apply: (params, x, rectifier) => convolveAffine(convolution, window, params, x, rectifier),
      },
      rescale: (params, before, after) =>
        mapParams(params, (leaf, [part]) => mul(leaf, part === 'kernel' ? after / before : after)),
      mixer: (input) => (groups > 1 ? undefined : convolutionMixer(window, slide(name, window, input))),
    },
    output: (input) => {
      channelsOf(name, groups, input)
      return [...slide(name, window, input), filters]
    },
    init: (key, input) => {
      const [height, width] = pairOf(size)
      const channels = channelsOf(name, groups, input)
      const fans = { in: height * width * channels, out: (height * width * filters) / groups }
      const kernel = initializer(key, [height, width, channels, filters], fans)
      return hasBias ? { kernel, bias: zeros([filters]) } : { kernel }
    },
    apply,
  }
}

const checkGroups = (name: string, groups: number, filters: number): void => {
  checkCount(name, 'groups', groups)
  if (filters % groups !== 0)
    throw new OptionError(`${name}: expected filters in ${groups} equal groups, got ${filters}; use a multiple`)
}

/** The channels of a map that one filter reads. */
const channelsOf = (name: string, groups: number, input: Shape): number => {
  const [, , channels] = mapShape(name, input)
  if (channels % groups !== 0)
    throw new ShapeError(`${name}: expected channels in ${groups} equal groups, got [batch, ${input.join(', ')}]`)
  return channels / groups
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
