import { permute } from '@ptu/layers'
import type { Shape } from '@ptu/tensor'

import { itemsOf, refuse, valueAt, type Fields } from './fields.ts'
import type { GraphNode } from './graph.ts'
import { plain, type Context } from './part.ts'
import { noises } from './shape-layers.ts'
import { translate, type Translation } from './translate.ts'

/** The layers that say where the channels of their maps are. */
const ofMaps: ReadonlySet<string> = new Set([
  ...['Conv2D', 'DepthwiseConv2D', 'SeparableConv2D', 'AveragePooling2D', 'MaxPooling2D', 'GlobalAveragePooling2D'],
  ...['GlobalMaxPooling2D', 'UpSampling2D', 'ZeroPadding2D', 'CenterCrop', 'RandomCrop', 'Resizing'],
])

/** The layers that treat every number of a map alike, wherever it is. */
const ofNumbers = ['ReLU', 'LeakyReLU', 'ELU', 'Dropout', 'Add of a number', 'Multiply of a number', ...noises]

/** Tells whether the maps of a model are `[channels, height, width]`. */
export const isChannelsFirst = (nodes: Iterable<GraphNode>): boolean =>
  [...nodes].some(({ type, config }) => ofMaps.has(type) && valueAt(config, 'data_format') === 'channels_first')

/** A map of the file, `[channels, height, width]`, as `[height, width, channels]`; a shape of anything else as it is. */
export const channelsLast = (shape: Shape): Shape => {
  const [channels = 1, height = 1, width = 1] = shape
  return shape.length === 3 ? [height, width, channels] : shape
}

/** The fields of the same layer for channels last; undefined where there are none. */
type Rule = (config: Fields, input: Shape) => Fields | undefined

const withField = (config: Fields, name: string, value: unknown): Fields => ({
  ...config,
  values: { ...config.values, [name]: value },
})

const overMaps: Rule = (config) => {
  if (valueAt(config, 'data_format') !== 'channels_first')
    return refuse(config, 'data_format', '"channels_first", which other layers of the model have')
  if (valueAt(config, 'activation') === 'softmax')
    return refuse(config, 'activation', 'none that sums over the width, the last axis of this layer')
  return withField(config, 'data_format', 'channels_last')
}

/** True for the axis of channels of a batch of maps. */
const isOfChannels = (axis: unknown): boolean => axis === 1 || axis === -3

const overChannels: Rule = (config) => {
  const [axis, ...others] = itemsOf(valueAt(config, 'axis'))
  return isOfChannels(axis) && others.length === 0 ? withField(config, 'axis', -1) : undefined
}

/** The numbers of rescaling: one for all, or `[[[a]], [[b]], ...]`, one for each channel; undefined for others. */
const scalesOf = (items: readonly unknown[]): readonly unknown[] | undefined => {
  const numbers = items.flat(8)
  const isColumn = items.every((plane) => Array.isArray(plane) && Array.isArray(plane[0]) && plane.flat().length === 1)
  return numbers.length === 1 || isColumn ? numbers : undefined
}

/** Keras reads a list of scales as one for each channel where its settings, which no file holds, have channels first. */
const rescaling: Rule = (config, [, width, channels]) => {
  const [scales, offsets] = [itemsOf(valueAt(config, 'scale') ?? 1), itemsOf(valueAt(config, 'offset') ?? 0)]
  const isList = scales.length === channels && channels !== width && !scales.some(Array.isArray)
  const scale = isList ? scales : scalesOf(scales)
  const offset = scalesOf(offsets)
  if (scale === undefined)
    return refuse(config, 'scale', 'a number, or one for each channel of maps that are not as wide as they have channels') // prettier-ignore
  return offset === undefined
    ? refuse(config, 'offset', 'a number')
    : withField(withField(config, 'scale', scale), 'offset', offset)
}

const rules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries([...ofMaps].map((type) => [type, overMaps])),
  ...Object.fromEntries(ofNumbers.map((type): readonly [string, Rule] => [type, (config) => config])),
  Activation: (config) => (valueAt(config, 'activation') === 'softmax' ? undefined : config),
  BatchNormalization: overChannels,
  Flatten: (config) =>
    valueAt(config, 'data_format') === 'channels_first' ? withField(config, 'data_format', 'channels_last') : undefined,
  GroupNormalization: overChannels,
  LayerNormalization: overChannels,
  Normalization: overChannels,
  Rescaling: rescaling,
  Softmax: overChannels,
}

/**
 * Translates a layer of a model with channels first for maps `[height, width, channels]`.
 *
 * A layer that means the same with channels last is translated as that. Another reads maps in the order of the file, and what it
 * gives is turned back. Throws `ImportError`, for a layer over maps with channels last too.
 */
export const translateChannelsFirst = (type: string, context: Context): Translation => {
  const { config, input } = context
  const rule = (input.length === 3 || ofMaps.has(type)) && Object.hasOwn(rules, type) ? rules[type] : undefined
  const same = rule?.(config, input)
  return same === undefined ? inOrderOfFile(type, context) : translate(type, { ...context, config: same })
}

const inOrderOfFile = (type: string, context: Context): Translation => {
  const [height = 1, width = 1, channels = 1] = context.input
  const isMap = context.input.length === 3
  const { parts, output } = translate(type, { ...context, input: isMap ? [channels, height, width] : context.input })
  return {
    parts: [
      ...(isMap ? [plain(permute([2, 0, 1]))] : []),
      ...parts,
      ...(output.length === 3 ? [plain(permute([1, 2, 0]))] : []),
    ],
    output: channelsLast(output),
  }
}

/** The fields of a layer that joins paths, for channels last. Throws `ImportError` for maps that it joins along another axis. */
export const joinedChannelsFirst = (type: string, config: Fields, [first = []]: readonly Shape[]): Fields => {
  if (type !== 'Concatenate' || first.length !== 3) return config
  return isOfChannels(valueAt(config, 'axis'))
    ? withField(config, 'axis', -1)
    : refuse(config, 'axis', '1, the channels of maps with channels first')
}
