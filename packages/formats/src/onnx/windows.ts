import { ImportError } from '@ptu/networks'
import type { Extent, Padding } from '@ptu/layers'

import { itemsOf, isSize, numberAt, refuse, shown, textAt, valueAt, type Fields } from '../layers-model/fields.ts'

/** A window over axes of places: for each its size, stride, dilation, and padding as `[before, after]`. */
export interface OnnxWindow {
  readonly size: readonly number[]
  readonly stride: readonly number[]
  readonly dilation: readonly number[]
  readonly pads: readonly (readonly [number, number])[]
}

/** A size for each axis of places, 1 where the field is missing. */
const eachAt = (config: Fields, name: string, axes: number): readonly number[] => {
  const list = itemsOf(valueAt(config, name) ?? Array.from({ length: axes }, () => 1))
  return list.length === axes && list.every((one): one is number => isSize(one))
    ? list
    : refuse(config, name, `a size for each of ${axes} axes`)
}

/** Sizes of axes as a layer over maps takes them. */
export const extentOf = ([height = 1, width = height]: readonly number[]): Extent => [height, width]

/** `[begin of each axis, end of each axis]` as pairs. */
const explicitPads = (config: Fields, axes: number): OnnxWindow['pads'] => {
  const list = itemsOf(valueAt(config, 'pads') ?? Array.from({ length: 2 * axes }, () => 0))
  if (list.length !== 2 * axes || !list.every((one): one is number => isSize(one, 0)))
    return refuse(config, 'pads', `${2 * axes} sizes from 0`)
  return Array.from({ length: axes }, (_, axis) => [list[axis] ?? 0, list[axis + axes] ?? 0] as const)
}

/** As few as make the output `ceil(input / stride)`, the odd one after (upper) or before (lower). */
const samePads = (
  length: number,
  { size, stride, dilation }: Readonly<Record<'size' | 'stride' | 'dilation', number>>,
  isLower: boolean,
): readonly [number, number] => {
  const total = Math.max((Math.ceil(length / stride) - 1) * stride + (size - 1) * dilation + 1 - length, 0)
  const [less, more] = [Math.floor(total / 2), Math.ceil(total / 2)]
  return isLower ? [more, less] : [less, more]
}

/** The window of a convolution or pooling over places of these lengths. Throws `ImportError`. */
export const windowOf = (
  config: Fields,
  lengths: readonly number[],
  kernel: readonly number[] | undefined,
): OnnxWindow => {
  const axes = lengths.length
  const sizes = itemsOf(valueAt(config, 'kernel_shape') ?? kernel)
  if (kernel !== undefined && shown(sizes) !== shown(kernel))
    return refuse(config, 'kernel_shape', `that of the weights, ${shown(kernel)}`)
  const size = eachAt({ ...config, values: { ...config.values, kernel_shape: sizes } }, 'kernel_shape', axes)
  const slides = { size, stride: eachAt(config, 'strides', axes), dilation: eachAt(config, 'dilations', axes) }
  return { ...slides, pads: padsOf(config, lengths, slides) }
}

const padsOf = (config: Fields, lengths: readonly number[], slides: Omit<OnnxWindow, 'pads'>): OnnxWindow['pads'] => {
  const auto = textAt(config, 'auto_pad', 'NOTSET')
  if (auto === 'NOTSET') return explicitPads(config, lengths.length)
  if (auto === 'VALID') return lengths.map(() => [0, 0] as const)
  if (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER')
    return refuse(config, 'auto_pad', 'NOTSET, VALID, SAME_UPPER or SAME_LOWER')
  const along = (axis: number) => {
    const [size = 1, stride = 1, dilation = 1] = [slides.size[axis], slides.stride[axis], slides.dilation[axis]]
    return { size, stride, dilation }
  }
  return lengths.map((length, axis) => samePads(length, along(axis), auto === 'SAME_LOWER'))
}

/**
 * The window with padding after the end where `ceil_mode` wants one more place: it counts as no part of the map. A last
 * window that would start beyond the map and the padding before it is none.
 */
export const ceiled = (config: Fields, window: OnnxWindow, lengths: readonly number[]): OnnxWindow => {
  const mode = numberAt(config, 'ceil_mode', 0)
  if (mode !== 0 && mode !== 1) throw new ImportError(`${config.place}: expected ceil_mode to be 0 or 1, got ${mode}`)
  if (mode === 0 || textAt(config, 'auto_pad', 'NOTSET') !== 'NOTSET') return window
  return {
    ...window,
    pads: window.pads.map(([before, after], axis) => {
      const [length, size, stride] = [lengths[axis] ?? 0, window.size[axis] ?? 1, window.stride[axis] ?? 1]
      const count = Math.ceil((length + before + after - size) / stride) + 1
      const starts = (count - 1) * stride < length + before ? count : count - 1
      return [before, Math.max(after, (starts - 1) * stride + size - length - before)] as const
    }),
  }
}

/** The padding in our words: one number where all sides are alike. */
export const paddingOf = ({ pads }: Pick<OnnxWindow, 'pads'>): Padding => {
  const [[top, bottom] = [0, 0], [left, right] = [0, 0]] = pads
  return [bottom, left, right].every((side) => side === top) ? top : [[top, bottom], [left, right]] // prettier-ignore
}
