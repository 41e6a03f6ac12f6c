import { fromSpec, type LayerSpec } from '@ptu/layers'
import * as E from 'fp-ts/lib/Either.js'

import { notInOnnx, type Emitter, type Subject } from './emitter.ts'
import type { GraphBuilder } from './graph-builder.ts'
import { channelsLast, lastValue, renamed, reshaped, type Value } from './value.ts'

/** 1 for each step with a number other than 0, `[batch, steps, 1]`, of a sequence with channels last. */
export const realSteps = (graph: GraphBuilder, { name }: Value): string => {
  const sums = graph.node('ReduceSum', [graph.node('Abs', [name]), graph.integers([2])])
  return graph.node('Cast', [graph.node('Greater', [sums, graph.floats([0], [])])], { to: { int: 1 } })
}

/** The steps from the last to the first. */
export const reversed = (graph: GraphBuilder, value: Value): Value => {
  const input = channelsLast(graph, value)
  const [last, first, axis, back] = [[-1], [-(2n ** 63n)], [1], [-1]].map((list) => graph.integers(list))
  return renamed(input, graph.node('Slice', [input.name, last ?? '', first ?? '', axis ?? '', back ?? '']))
}

const isMasked = ({ masked }: LayerSpec): boolean => masked === true

/** 1 for the last real step, else 0: that with the highest number. */
const lastReal = (graph: GraphBuilder, real: string, steps: number): string => {
  const numbers = graph.floats(Array.from({ length: steps }, (_, i) => i + 1), [1, steps, 1]) // prettier-ignore
  const places = graph.node('Mul', [real, numbers])
  const most = graph.node('ReduceMax', [places], { axes: { ints: [1] }, keepdims: { int: 1 } })
  return graph.node('Cast', [graph.node('Equal', [places, most])], { to: { int: 1 } })
}

const summed = (graph: GraphBuilder, name: string): string =>
  graph.node('ReduceSum', [name, graph.integers([1])], { keepdims: { int: 0 } })

/** One step of a sequence. */
const stepAt = ({ graph, place, output }: Subject, input: Value, step: number): Value => {
  const found = graph.node('Gather', [input.name, graph.integers([step])], { axis: { int: 1 } }, place)
  return lastValue(graph.node('Squeeze', [found, graph.integers([1])], {}, place), output)
}

const lastStep: Emitter = (subject) => {
  const { graph, place, output } = subject
  const input = channelsLast(graph, subject.input)
  const [steps = 1] = input.shape
  if (!isMasked(subject.spec)) return stepAt(subject, input, steps - 1)
  const chosen = graph.node('Mul', [input.name, lastReal(graph, realSteps(graph, input), steps)], {}, place)
  return lastValue(summed(graph, chosen), output)
}

const meanOverTime: Emitter = (subject) => {
  const { graph, place, output } = subject
  const input = channelsLast(graph, subject.input)
  if (!isMasked(subject.spec)) {
    const attributes = { axes: { ints: [1] }, keepdims: { int: 0 } }
    return lastValue(graph.node('ReduceMean', [input.name], attributes, place), output)
  }
  const count = graph.node('Max', [summed(graph, realSteps(graph, input)), graph.floats([1], [])])
  return lastValue(graph.node('Div', [summed(graph, input.name), count], {}, place), output)
}

/** The shape of steps that were examples: batch and steps are those of the input, where these are free. */
const joinedShape = ({ graph, output }: Subject, input: string, steps: number): string => {
  if (!graph.freeSteps) return graph.integers([-1, steps, ...output.slice(1)])
  const leading = graph.node('Shape', [input], { start: { int: 0 }, end: { int: 2 } })
  return graph.node('Concat', [leading, graph.integers(output.slice(1))], { axis: { int: 0 } })
}

/** Steps as examples, the layer, and back. */
const timeDistributed: Emitter = (subject) => {
  const { graph, place, output, spec, params } = subject
  const inner = fromSpec(spec['layer'])
  if (E.isLeft(inner)) throw notInOnnx(subject, inner.left.message)
  const input = channelsLast(graph, subject.input)
  const [steps = 1, ...each] = input.shape
  const flat = graph.node('Reshape', [input.name, graph.integers([-1, ...each])], {}, place)
  const applied = channelsLast(graph, subject.emit(inner.right, params, lastValue(flat, each), place))
  const joined = graph.node('Reshape', [applied.name, joinedShape(subject, input.name, steps)], {}, place)
  if (!isMasked(subject.spec)) return lastValue(joined, output)
  const real = realSteps(graph, reshaped(graph, input, [steps, each.reduce((product, size) => product * size, 1)]))
  const shape = graph.integers([0, graph.freeSteps ? 0 : steps, ...output.slice(1).map(() => 1)])
  return lastValue(graph.node('Mul', [joined, graph.node('Reshape', [real, shape])], {}, place), output)
}

/** Layers over the steps of a sequence that have no state. */
export const sequences: Readonly<Record<string, Emitter>> = {
  firstStep: (subject) => stepAt(subject, channelsLast(subject.graph, subject.input), 0),
  lastStep,
  meanOverTime,
  reverseSteps: ({ graph, input }) => reversed(graph, input),
  timeDistributed,
}
