import { backend_util } from '@tensorflow/tfjs-core'
import type { Heap } from './heap.ts'

/** The attributes of a convolution or pooling kernel that fix its geometry. */
export interface WindowAttrs {
  readonly strides: number | readonly [number, number]
  readonly pad: 'same' | 'valid' | number | backend_util.ExplicitPadding
  readonly dilations?: number | readonly [number, number] | null
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil' | null
  readonly dataFormat?: string
}

export type Window = backend_util.Conv2DInfo
type Shape4 = [number, number, number, number]
type Pair = number | [number, number]

/**
 * Writes padding given as a number as explicit padding. tfjs 4.22 computes a wrong output shape from a number where the
 * filter or the stride is not square, and stock kernels then write past their output.
 */
export const explicitPad = (pad: WindowAttrs['pad']): Exclude<WindowAttrs['pad'], number> =>
  typeof pad === 'number'
    ? [
        [0, 0],
        [pad, pad],
        [pad, pad],
        [0, 0],
      ]
    : pad

const checkFormat = (dataFormat: string | undefined): void => {
  if (dataFormat === undefined || dataFormat === 'NHWC' || dataFormat === 'channelsLast') return
  throw new Error(`Expected images in NHWC order, got ${dataFormat}: transpose to NHWC before the convolution.`)
}

/** Geometry of a convolution of inputs [batch, height, width, channels]; a depthwise filter ends in its multiplier. */
export const convWindow = (
  inShape: readonly number[],
  filterShape: readonly number[],
  attrs: WindowAttrs,
  depthwise: boolean,
): Window => {
  checkFormat(attrs.dataFormat)
  return backend_util.computeConv2DInfo(
    inShape as Shape4,
    filterShape as Shape4,
    attrs.strides as Pair,
    (attrs.dilations ?? 1) as Pair,
    explicitPad(attrs.pad),
    attrs.dimRoundingMode ?? undefined,
    depthwise,
  )
}

/** Geometry of a pooling of inputs [batch, height, width, channels]. */
export const poolWindow = (
  inShape: readonly number[],
  attrs: WindowAttrs & { readonly filterSize: number | readonly [number, number] },
): Window =>
  backend_util.computePool2DInfo(
    inShape as Shape4,
    attrs.filterSize as Pair,
    attrs.strides as Pair,
    1,
    explicitPad(attrs.pad),
    attrs.dimRoundingMode ?? undefined,
  )

/** The fields of `Window` in `assembly/window.ts`, in their order. */
const fields = (w: Window): readonly number[] => [
  w.batchSize,
  w.inHeight,
  w.inWidth,
  w.inChannels,
  w.outHeight,
  w.outWidth,
  w.outChannels,
  w.filterHeight,
  w.filterWidth,
  w.strideHeight,
  w.strideWidth,
  w.dilationHeight,
  w.dilationWidth,
  w.padInfo.top,
  w.padInfo.left,
]
const WINDOW_BYTES = 64

/** Calls `use` with the address of the window in memory. */
export const withWindow = (heap: Heap, window: Window, use: (window: number) => void): void => {
  heap.borrow(WINDOW_BYTES, (address) => {
    new Int32Array(heap.memory.buffer, address, 15).set(fields(window))
    use(address)
  })
}

/** Calls `use` with the address of the window and with scratch of as many bytes as `bytes` computes for the window. */
export const withScratch = (
  heap: Heap,
  window: Window,
  bytes: (window: number) => number,
  use: (window: number, scratch: number) => void,
): void => {
  withWindow(heap, window, (address) => {
    heap.borrow(bytes(address), (scratch) => {
      use(address, scratch)
    })
  })
}
