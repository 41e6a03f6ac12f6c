import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { Rectifier } from '../fused/affine-conv.ts'
import { expectShape, type Inputs, type Native } from '../kernel.ts'
import { withScratch, type Window } from '../window.ts'

/** The inputs of a convolution that may add a bias [out channels]. */
export type AffineInputs = Inputs<'x' | 'filter'> & { readonly bias?: TensorInfo | null }

/** The bounds that a result is clipped to. */
const bounds: Readonly<Record<Rectifier | 'none', readonly [low: number, high: number]>> = {
  none: [-Infinity, Infinity],
  relu: [0, Infinity],
  relu6: [0, 6],
}

export interface ConvolveOptions {
  readonly depthwise?: boolean
  readonly rectifier?: Rectifier | undefined
}

/** `y = rectifier(x * filter + bias)` in one pass. */
export const convolve = (
  { heap, wasm }: Native,
  w: Window,
  inputs: AffineInputs,
  { depthwise = false, rectifier }: ConvolveOptions = {},
): TensorInfo => {
  const { x, filter, bias } = inputs
  const last = depthwise ? w.outChannels / w.inChannels : w.outChannels
  expectShape('filter', filter, [w.filterHeight, w.filterWidth, w.inChannels, last])
  if (bias != null) expectShape('bias', bias, [w.outChannels])
  const out = heap.allocate(w.outShape, 'float32')
  const [low, high] = bounds[rectifier ?? 'none']
  withScratch(
    heap,
    w,
    (window) => (depthwise ? wasm.depthwiseScratch(window) : wasm.convForwardScratch(window)),
    (window, scratch) => {
      const addresses = [heap.address(x), heap.address(filter), bias == null ? 0 : heap.address(bias)] as const
      const args = [window, ...addresses, low, high, heap.address(out), scratch] as const
      if (depthwise) wasm.depthwiseForward(...args)
      else wasm.convForward(...args)
    },
  )
  return out
}
