import { ImportError } from '@ptu/networks'
import type { Padding } from '@ptu/layers'

import { itemsOf, isSize, numberAt, refuse, shown, textAt, valueAt, type Fields } from '../layers-model/fields.ts'

/** A window over axes of places, with its padding as `[before, after]` of each. */
export interface OnnxWindow {
  readonly size: number
  readonly stride: number
  readonly dilation: number
  readonly pads: readonly (readonly [number, number])[]
}

/** One size for all axes of places. */
const equalAt = (config: Fields, name: string, axes: number, missing: number): number => {
  const list = itemsOf(valueAt(config, name) ?? missing)
  const [first] = list
  const isWhole = list.length === axes || valueAt(config, name) === undefined
  return isWhole && isSize(first) && list.every((one) => one === first)
    ? first
    : refuse(config, name, `one size for all ${axes} axes`)
}

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
  { size, stride, dilation }: Omit<OnnxWindow, 'pads'>,
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
  const size = sideOf(config, sizes, axes)
  const slides = { size, stride: equalAt(config, 'strides', axes, 1), dilation: equalAt(config, 'dilations', axes, 1) }
  return { ...slides, pads: padsOf(config, lengths, slides) }
}

const sideOf = (config: Fields, sizes: readonly unknown[], axes: number): number => {
  const [size] = sizes
  if (sizes.length === axes && isSize(size) && sizes.every((one) => one === size)) return size
  const problem = `one size for all ${axes} axes: windows with sides of two lengths cannot be opened`
  return refuse({ ...config, values: { ...config.values, kernel_shape: sizes } }, 'kernel_shape', problem)
}

const padsOf = (config: Fields, lengths: readonly number[], slides: Omit<OnnxWindow, 'pads'>): OnnxWindow['pads'] => {
  const auto = textAt(config, 'auto_pad', 'NOTSET')
  if (auto === 'NOTSET') return explicitPads(config, lengths.length)
  if (auto === 'VALID') return lengths.map(() => [0, 0] as const)
  if (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER')
    return refuse(config, 'auto_pad', 'NOTSET, VALID, SAME_UPPER or SAME_LOWER')
  return lengths.map((length) => samePads(length, slides, auto === 'SAME_LOWER'))
}

/**
 * The window with padding after the end where `ceil_mode` wants one more place: it counts as no part of the map. A last
 * window that would start beyond the map and the padding before it is none.
 */
export const ceiled = (config: Fields, window: OnnxWindow, lengths: readonly number[]): OnnxWindow => {
  const mode = numberAt(config, 'ceil_mode', 0)
  if (mode !== 0 && mode !== 1) throw new ImportError(`${config.place}: expected ceil_mode to be 0 or 1, got ${mode}`)
  if (mode === 0 || textAt(config, 'auto_pad', 'NOTSET') !== 'NOTSET') return window
  const { size, stride, pads } = window
  return {
    ...window,
    pads: pads.map(([before, after], axis) => {
      const length = lengths[axis] ?? 0
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
