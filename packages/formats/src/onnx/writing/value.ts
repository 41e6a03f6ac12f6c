import type { Shape } from '@ptu/tensor'

import type { GraphBuilder } from './graph-builder.ts'

/** A value of the graph: one activation of the network. */
export interface Value {
  readonly name: string
  /** The shape of one example in the order of ptu, channels last. */
  readonly shape: Shape
  /** The place of the channels' axis in the graph: after the others, or right behind the batch. */
  readonly channels: 'last' | 'first'
}

/** A value of another name and shape with its channels at the same place. */
export const renamed = (value: Value, name: string, shape: Shape = value.shape): Value => ({ ...value, name, shape })

/** A value with channels last. */
export const lastValue = (name: string, shape: Shape): Value => ({ name, shape, channels: 'last' })

/** A value with channels right behind the batch, where convolutions and pools want them. */
export const channelsFirst = (graph: GraphBuilder, value: Value): Value => {
  const rank = value.shape.length
  if (rank < 2 || value.channels === 'first') return value
  const perm = [0, rank, ...Array.from({ length: rank - 1 }, (_, i) => i + 1)]
  return { ...value, name: graph.node('Transpose', [value.name], { perm: { ints: perm } }), channels: 'first' }
}

/** A value in the order of ptu. */
export const channelsLast = (graph: GraphBuilder, value: Value): Value => {
  const rank = value.shape.length
  if (value.channels === 'last') return value
  const perm = [0, ...Array.from({ length: rank - 1 }, (_, i) => i + 2), 1]
  return { ...value, name: graph.node('Transpose', [value.name], { perm: { ints: perm } }), channels: 'last' }
}

/** A value with its channels where those of another value are. */
export const likeChannels = (graph: GraphBuilder, value: Value, other: Value): Value =>
  (other.channels === 'first' ? channelsFirst : channelsLast)(graph, value)

/** The axis of the channels in the graph, the batch being axis 0. */
export const channelAxis = ({ shape, channels }: Value): number => (channels === 'first' ? 1 : shape.length)

/** A constant for each channel, of a shape that is repeated along the other axes of a value. */
export const perChannel = (
  graph: GraphBuilder,
  { shape, channels }: Value,
  numbers: Float32Array | readonly number[],
  name?: string,
): string => {
  const ones = channels === 'first' ? shape.slice(1).map(() => 1) : []
  return graph.floats(numbers, [numbers.length, ...ones], name)
}

/** A value with its channels last in another shape of one example. */
export const reshaped = (graph: GraphBuilder, value: Value, shape: Shape): Value => {
  const last = channelsLast(graph, value)
  if (last.shape.join() === shape.join()) return last
  return lastValue(graph.node('Reshape', [last.name, graph.integers([0, ...shape])]), shape)
}
