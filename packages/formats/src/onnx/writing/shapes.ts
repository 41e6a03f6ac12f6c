import type { Emitter } from './emitter.ts'
import { channelsLast, lastValue, reshaped } from './value.ts'

const rearranged: Emitter = ({ graph, input, output }) => reshaped(graph, input, output)

const slice: Emitter = ({ graph, input, spec, place, output }) => {
  const { axis, from, size } = spec as unknown as { axis: number; from: number; size: number }
  const [start, end, at] = [from, from + size, axis + 1].map((number) => graph.integers([number])) as [string, string, string] // prettier-ignore
  return lastValue(graph.node('Slice', [channelsLast(graph, input).name, start, end, at], {}, place), output)
}

const permute: Emitter = ({ graph, input, spec, place, output }) => {
  const { order } = spec as unknown as { order: readonly number[] }
  const perm = { ints: [0, ...order.map((axis) => axis + 1)] }
  return lastValue(graph.node('Transpose', [channelsLast(graph, input).name], { perm }, place), output)
}

/** Layers that move numbers, and compute none. */
export const shapes: Readonly<Record<string, Emitter>> = { flatten: rearranged, permute, reshape: rearranged, slice }
