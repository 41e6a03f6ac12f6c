import { ShapeError } from '@ptu/core'
import type { Shape } from '@ptu/tensor'

import { checkCount } from './options.ts'

/**
 * The number of zeros around a map.
 *
 * `'valid'` adds none. `'same'` adds as few as make the output `ceil(input / stride)`, the odd one below and to the
 * right. A number stands for every side; a list is `[[top, bottom], [left, right]]`.
 */
export type Padding = 'same' | 'valid' | number | readonly [readonly [number, number], readonly [number, number]]

/** A count for both axes of a map, or one for its height and one for its width. */
export type Extent = number | readonly [height: number, width: number]

/** A window that slides over a map. */
export interface Window {
  readonly size: Extent
  /** Positions between one output and the next. */
  readonly stride: Extent
  readonly padding: Padding
  /** Positions between one element of the window and the next. */
  readonly dilation: Extent
}

/** The counts of height and width. */
export const pairOf = (extent: Extent): [height: number, width: number] =>
  typeof extent === 'number' ? [extent, extent] : [extent[0], extent[1]]

/** The shortest form of an extent: one number where both are alike. */
export const extentOf = (extent: Extent): Extent => {
  const [height, width] = pairOf(extent)
  return height === width ? height : [height, width]
}

/** Zeros around each axis of `[batch, height, width, channels]`, the one form every backend treats alike. */
export type Pads = [[0, 0], [number, number], [number, number], [0, 0]]

/** An extent as text: `3`, `3 by 1`. */
export const shownExtent = (extent: Extent): string => [extentOf(extent)].flat().join(' by ')

/** The number of positions that a window spans along an axis. */
export const spanOf = ({ size, dilation }: Window, axis: 0 | 1): number =>
  (pairOf(size)[axis] - 1) * pairOf(dilation)[axis] + 1

/** Throws `OptionError` for a window that is impossible. */
export const checkWindow = (layer: string, { size, stride, padding, dilation }: Window): void => {
  for (const [name, extent] of Object.entries({ size, stride, dilation }))
    for (const count of pairOf(extent)) checkCount(layer, name, count)
  if (padding === 'same' || padding === 'valid') return
  if (typeof padding === 'number') checkCount(layer, 'padding', padding, 0)
  else for (const pad of padding.flat()) checkCount(layer, 'padding', pad, 0)
}

const padsOf = (window: Window, axis: 0 | 1, input: number): [number, number] => {
  const { padding } = window
  const stride = pairOf(window.stride)[axis]
  if (padding === 'valid') return [0, 0]
  if (typeof padding === 'number') return [padding, padding]
  if (padding !== 'same') return [...padding[axis]]
  const total = Math.max((Math.ceil(input / stride) - 1) * stride + spanOf(window, axis) - input, 0)
  return [Math.floor(total / 2), Math.ceil(total / 2)]
}

/**
 * The explicit padding of a window over a map of `height` by `width`.
 *
 * References:
 *   Abadi et al., "TensorFlow", API documentation, "Notes on padding", https://www.tensorflow.org/api_docs/python/tf/nn
 */
export const placePads = (window: Window, height: number, width: number): Pads => [
  [0, 0],
  padsOf(window, 0, height),
  padsOf(window, 1, width),
  [0, 0],
]

/**
 * The height, width and channels of an input.
 *
 * Throws `ShapeError` for an input that is not a map.
 */
export const mapShape = (layer: string, input: Shape): readonly [number, number, number] => {
  const [height, width, channels] = input
  if (input.length !== 3 || height === undefined || width === undefined || channels === undefined)
    throw new ShapeError(`${layer}: expected [batch, height, width, channels], got [batch, ${input.join(', ')}]`)
  return [height, width, channels]
}

/**
 * The height and width of a window's output: `floor((input + pads - span) / stride) + 1`.
 *
 * Throws `ShapeError` if the window does not fit.
 */
export const slide = (layer: string, window: Window, input: Shape): readonly [number, number] => {
  const [height, width] = mapShape(layer, input)
  const [, vertical, horizontal] = placePads(window, height, width)
  const count = (axis: 0 | 1, length: number, [before, after]: readonly [number, number]): number =>
    Math.floor((length + before + after - spanOf(window, axis)) / pairOf(window.stride)[axis]) + 1
  const output = [count(0, height, vertical), count(1, width, horizontal)] as const
  if (Math.min(...output) < 1)
    throw new ShapeError(
      `${layer}: a window that spans ${shownExtent([spanOf(window, 0), spanOf(window, 1)])} does not fit in [batch, ${input.join(', ')}]; use padding 'same' or a smaller window`,
    )
  return output
}
