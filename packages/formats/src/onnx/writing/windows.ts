import { pairOf, placePads, type Extent, type StepPadding, type Window } from '@ptu/layers'

import type { Attributes } from './attribute.ts'
import { parameter, required, type Emitter, type Subject } from './emitter.ts'
import { permuted } from './permuted.ts'
import { channelAxis, channelsFirst, renamed, type Value } from './value.ts'

/** Zeros before and after each axis that a window slides over. */
type Sides = readonly (readonly [before: number, after: number])[]

/** Padding as ONNX lists it: all that comes before, then all that comes after. */
const listed = (sides: Sides): readonly number[] => [
  ...sides.map(([before]) => before),
  ...sides.map(([, after]) => after),
]

const slidAttributes = ({ size, stride }: Pick<Window, 'size' | 'stride'>, sides: Sides): Attributes => ({
  kernel_shape: { ints: along(size, sides) },
  strides: { ints: along(stride, sides) },
  pads: { ints: listed(sides) },
})

/** A count for each axis of places. */
const along = (extent: Extent, sides: Sides): readonly number[] => pairOf(extent).slice(0, sides.length)

const mapSides = (window: Window, [height = 1, width = 1]: readonly number[]): Sides =>
  placePads(window, height, width).slice(1, 3)

/** A kernel that is reordered, a bias if there is one, and the windows that they slide over. */
const convolved = (
  subject: Subject,
  order: readonly number[],
  shape: readonly number[],
  attributes: Attributes,
): Value => {
  const { graph, place, output } = subject
  const input = channelsFirst(graph, subject.input)
  const kernel = required(subject, 'kernel')
  const weights = graph.floats(permuted(kernel.values, kernel.shape, order), shape, `${place}.kernel`)
  const bias = parameter(subject, 'bias')
  const shift = bias ? [graph.floats(bias.values, bias.shape, `${place}.bias`)] : []
  return renamed(input, graph.node('Conv', [input.name, weights, ...shift], attributes, place), output)
}

const overMap = (subject: Subject): Attributes => {
  const window = subject.spec as unknown as Window
  const sides = mapSides(window, subject.input.shape)
  return { ...slidAttributes(window, sides), dilations: { ints: along(window.dilation, sides) } }
}

const conv2d: Emitter = (subject) => {
  const { groups } = subject.spec as unknown as { groups?: number }
  const [height = 1, width = 1, inputs = 1, outputs = 1] = required(subject, 'kernel').shape
  const attributes = { ...overMap(subject), ...(groups !== undefined && { group: { int: groups } }) }
  return convolved(subject, [3, 2, 0, 1], [outputs, inputs, height, width], attributes)
}

const depthwiseConv2d: Emitter = (subject) => {
  const [height = 1, width = 1, inputs = 1, multiplier = 1] = required(subject, 'kernel').shape
  const attributes = { ...overMap(subject), group: { int: inputs } }
  return convolved(subject, [2, 3, 0, 1], [inputs * multiplier, 1, height, width], attributes)
}

interface StepFields {
  readonly size: number
  readonly stride: number
  readonly dilation: number
  readonly padding: StepPadding
}

const stepSides = ({ padding, ...window }: StepFields, steps: number): Sides => {
  if (padding === 'causal') return [[(window.size - 1) * window.dilation, 0]]
  if (typeof padding === 'number') return [[padding, padding]]
  if (typeof padding !== 'string') return [padding]
  return placePads({ ...window, padding }, steps, 1).slice(1, 2)
}

const conv1d: Emitter = (subject) => {
  const fields = subject.spec as unknown as StepFields
  const [size = 1, inputs = 1, filters = 1] = required(subject, 'kernel').shape
  const sides = stepSides(fields, subject.input.shape[0] ?? 1)
  const attributes = { ...slidAttributes(fields, sides), dilations: { ints: [fields.dilation] } }
  return convolved(subject, [2, 1, 0], [filters, inputs, size], attributes)
}

/** A pool; padding never enters its result. */
const pooled =
  (operator: 'MaxPool' | 'AveragePool', sidesOf: (subject: Subject) => Sides): Emitter =>
  (subject) => {
    const { graph, place, output } = subject
    const input = channelsFirst(graph, subject.input)
    const attributes = slidAttributes(subject.spec as unknown as Window, sidesOf(subject))
    return renamed(input, graph.node(operator, [input.name], attributes, place), output)
  }

const overMaps = (subject: Subject): Sides => {
  const window = subject.spec as unknown as Omit<Window, 'dilation'>
  return mapSides({ ...window, dilation: 1 }, subject.input.shape)
}

const overSteps = (subject: Subject): Sides =>
  stepSides({ ...(subject.spec as unknown as StepFields), dilation: 1 }, subject.input.shape[0] ?? 1)

const reduced =
  (operator: 'ReduceMean' | 'ReduceMax'): Emitter =>
  ({ graph, input, place, output }) => {
    const axes = input.channels === 'first' ? [2, 3] : [1, 2]
    const name = graph.node(operator, [input.name], { axes: { ints: axes }, keepdims: { int: 0 } }, place)
    return { name, shape: output, channels: 'last' }
  }

const zeroPad2d: Emitter = (subject) => {
  const { graph, input, place, output } = subject
  const { padding } = subject.spec as unknown as { padding: Sides }
  const none = [0, 0] as const
  const sides = channelAxis(input) === 1 ? [none, none, ...padding] : [none, ...padding, none]
  return renamed(input, graph.node('Pad', [input.name, graph.integers(listed(sides))], {}, place), output)
}

const zeroPad1d: Emitter = (subject) => {
  const { graph, input, place, output } = subject
  const { padding } = subject.spec as unknown as { padding: Sides[number] }
  const none = [0, 0] as const
  const sides = channelAxis(input) === 1 ? [none, none, padding] : [none, padding, none]
  return renamed(input, graph.node('Pad', [input.name, graph.integers(listed(sides))], {}, place), output)
}

const upSample2d: Emitter = (subject) => {
  const { graph, place, output } = subject
  const input = channelsFirst(graph, subject.input)
  const { size } = subject.spec as unknown as { size: readonly number[] }
  const scales = graph.floats([1, 1, ...size], [4])
  const attributes = {
    mode: { text: 'nearest' },
    coordinate_transformation_mode: { text: 'asymmetric' },
    nearest_mode: { text: 'floor' },
  }
  return renamed(input, graph.node('Resize', [input.name, '', scales], attributes, place), output)
}

/** Layers of windows over maps and steps. */
export const windows: Readonly<Record<string, Emitter>> = {
  averagePool: pooled('AveragePool', overMaps),
  averagePool1d: pooled('AveragePool', overSteps),
  conv1d,
  conv2d,
  depthwiseConv2d,
  globalAveragePool: reduced('ReduceMean'),
  globalMaxPool: reduced('ReduceMax'),
  maxPool: pooled('MaxPool', overMaps),
  maxPool1d: pooled('MaxPool', overSteps),
  upSample2d,
  zeroPad1d,
  zeroPad2d,
}
