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

/** A square window that slides over a map. */
export interface Window {
  readonly size: number
  /** Positions between one output and the next. */
  readonly stride: number
  readonly padding: Padding
  /** Positions between one element of the window and the next. */
  readonly dilation: number
}

/** Zeros around each axis of `[batch, height, width, channels]`, the one form every backend treats alike. */
export type Pads = [[0, 0], [number, number], [number, number], [0, 0]]

/** The number of positions that a window spans. */
export const spanOf = ({ size, dilation }: Window): number => (size - 1) * dilation + 1

/** Throws `OptionError` for a window that is impossible. */
export const checkWindow = (layer: string, { size, stride, padding, dilation }: Window): void => {
  checkCount(layer, 'size', size)
  checkCount(layer, 'stride', stride)
  checkCount(layer, 'dilation', dilation)
  if (padding === 'same' || padding === 'valid') return
  if (typeof padding === 'number') checkCount(layer, 'padding', padding, 0)
  else for (const pad of padding.flat()) checkCount(layer, 'padding', pad, 0)
}

const padsOf = (window: Window, axis: 0 | 1, input: number): [number, number] => {
  const { padding, stride } = window
  if (padding === 'valid') return [0, 0]
  if (typeof padding === 'number') return [padding, padding]
  if (padding !== 'same') return [...padding[axis]]
  const total = Math.max((Math.ceil(input / stride) - 1) * stride + spanOf(window) - input, 0)
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
  const count = (length: number, [before, after]: readonly [number, number]): number =>
    Math.floor((length + before + after - spanOf(window)) / window.stride) + 1
  const output = [count(height, vertical), count(width, horizontal)] as const
  if (Math.min(...output) < 1)
    throw new ShapeError(
      `${layer}: a window that spans ${spanOf(window)} does not fit in [batch, ${input.join(', ')}]; use padding 'same' or a smaller window`,
    )
  return output
}
