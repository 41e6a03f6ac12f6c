import { scope } from '@ptu/tensor'
import {
  add,
  concat,
  conv2d,
  depthwiseConv2d,
  engine,
  getBackend,
  getKernel,
  relu,
  relu6,
  split,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core'

import { dilate, type ConvolutionParams } from './convolution.ts'
import type { Rectifier } from './structure.ts'
import { pairOf, placePads, type Pads, type Window } from './window.ts'

/** A kind of convolution as operations of tfjs, and the name of the kernel that does all of one in a single pass. */
export interface ConvolutionKind {
  readonly convolve: (x: Tensor4D, kernel: Tensor4D, stride: [number, number], pads: Pads) => Tensor
  readonly inOnePass?: string
}

/** Every output channel reads every input channel. */
export const fullConvolution: ConvolutionKind = { convolve: conv2d, inOnePass: 'PtuConv2D' }

/** Every output channel reads one input channel. */
export const depthwiseConvolution: ConvolutionKind = { convolve: depthwiseConv2d, inOnePass: 'PtuDepthwiseConv2D' }

/** Every output channel reads the input channels of its group. */
export const groupedConvolution = (groups: number): ConvolutionKind => ({
  convolve: (x, kernel, stride, pads) => {
    const kernels = split(kernel, groups, 3)
    const maps = split(x, groups, 3).map((map, group) =>
      conv2d(map as Tensor4D, kernels[group] as Tensor4D, stride, pads),
    )
    return concat(maps, 3)
  },
})

const rectifiers: Readonly<Record<Rectifier, (x: Tensor) => Tensor>> = { relu, relu6 }

/**
 * `rectifier(x * kernel + bias)`: one kernel if the backend has it (see `@ptu/wasm-kernels`), else composed operations,
 * which give the same bits there.
 */
export const convolveAffine = (
  { convolve, inOnePass }: ConvolutionKind,
  window: Window,
  { kernel, bias }: ConvolutionParams,
  x: Tensor,
  rectifier?: Rectifier,
): Tensor =>
  scope(() => {
    const [, height = 0, width = 0] = x.shape
    const pad = placePads(window, height, width)
    const filter = dilate(kernel, window)
    const strides = pairOf(window.stride)
    if (inOnePass !== undefined && (getKernel(inOnePass, getBackend()) as unknown) !== undefined) {
      const inputs = { x, filter, ...(bias && { bias }) }
      return engine().runKernel<Tensor>(inOnePass, inputs, { strides, pad, ...(rectifier && { rectifier }) })
    }
    const y = convolve(x as Tensor4D, filter, strides, pad)
    const z = bias === undefined ? y : add(y, bias)
    return rectifier === undefined ? z : rectifiers[rectifier](z)
  })
