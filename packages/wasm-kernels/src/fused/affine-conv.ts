import { engine, registerGradient, type Tensor } from '@tensorflow/tfjs-core'
import type { WindowAttrs } from '../window.ts'
import { PTU_CONV, PTU_CONV_RESULT_GRAD, PTU_DEPTHWISE_CONV } from './kernel-names.ts'

/** A function that a convolution applies to its sums. */
export type Rectifier = 'relu' | 'relu6'

/** Attributes of a convolution with its bias and rectifier. */
export type AffineConvAttrs = Pick<WindowAttrs, 'strides' | 'pad'> & { readonly rectifier?: Rectifier }

/** Attributes of a rectifier's gradient: it is 0 where `y` is not in `(0, limit]`. */
export interface RectifierAttrs {
  readonly limit: number
}

/** The largest 32-bit number below 6. */
const belowSix = 6 - 2 ** -21

/** The largest result that was not clipped, so the limit of gradients that are made from results. */
export const innerLimit: Readonly<Record<Rectifier, number>> = { relu: Infinity, relu6: belowSix }

const one = (dy: Tensor | Tensor[]): Tensor => (Array.isArray(dy) ? (dy[0] as Tensor) : dy)

/** The gradients of one convolution: those of the map and of the filter are computed only if they are asked for. */
const register = (kernelName: string, inputGradient: string, filterGradient: string): void => {
  registerGradient({
    kernelName,
    inputsToSave: ['x', 'filter'],
    outputsToSave: [true],
    gradFunc: (dy, saved, attrs) => {
      const [x, filter, y] = saved as [Tensor, Tensor, Tensor]
      const { strides, pad, rectifier } = attrs as unknown as AffineConvAttrs
      const [dz, dBias] = engine().runKernel(PTU_CONV_RESULT_GRAD, { dy: one(dy), y }, {
        rectifier,
      } as never) as unknown as [Tensor, Tensor]
      const window = { strides, pad, dilations: 1, dataFormat: 'NHWC' }
      return {
        x: () => engine().runKernel<Tensor>(inputGradient, { dy: dz, filter }, { ...window, inputShape: x.shape }),
        filter: () =>
          engine().runKernel<Tensor>(filterGradient, { x, dy: dz }, { ...window, filterShape: filter.shape }),
        bias: () => dBias,
      }
    },
  })
}

/**
 * Registers the gradients of `PtuConv2D` and `PtuDepthwiseConv2D`, `y = rectifier(x * filter + bias)`. They are made from
 * y, so that no sums before the rectifier are kept; where a sum is exactly 6 the gradient of relu6 is 0, as in PyTorch.
 */
export const registerAffineConvGradients = (): void => {
  register(PTU_CONV, 'Conv2DBackpropInput', 'Conv2DBackpropFilter')
  register(PTU_DEPTHWISE_CONV, 'DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter')
}
