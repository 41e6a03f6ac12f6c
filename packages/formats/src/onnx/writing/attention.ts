import { rotaryFrequencies } from '@ptu/layers'
import type { Shape } from '@ptu/tensor'

import { required, type Emitter, type Subject } from './emitter.ts'
import { realSteps } from './sequences.ts'
import { channelsLast, lastValue, type Value } from './value.ts'

/** A score below that of any real step, as the layer has it. */
const never = -1e9

/** Queries, keys or values in heads, `[batch, heads, steps, channels of a head]`. */
const inHeads = ({ graph, place }: Subject, split: string, part: number): string => {
  const found = graph.node('Gather', [split, graph.integers([part])], { axis: { int: 0 } }, place)
  return graph.node('Squeeze', [found, graph.integers([0])], {}, place)
}

/** The scores, with what keeps every step from attending to padding. */
const refused = ({ graph, place }: Subject, scores: string, real: string, steps: number): string => {
  const padding = graph.node('Sub', [graph.floats([1], []), real])
  const row = graph.node('Reshape', [padding, graph.integers([0, 1, 1, graph.freeSteps ? -1 : steps])])
  return graph.node('Add', [scores, graph.node('Mul', [row, graph.floats([never], [])])], {}, place)
}

/** The numbers of steps, as many as a value has, from 0; one axis of a given rank, all others 1. */
const stepNumbers = (subject: Subject, input: Value, shape: Shape): string => {
  const { graph, output, place } = subject
  const [steps = 1] = output
  const all = graph.floats(
    Float32Array.from({ length: steps }, (_, i) => i),
    [1, steps],
    `${place}.steps`,
  )
  const own = graph.freeSteps ? stepsOf(subject, all, input) : all
  return graph.node('Reshape', [own, graph.integers(shape)], {}, place)
}

/** The scores, with what keeps every step from attending beyond a window. */
const within = (subject: Subject, scores: string, input: Value): string => {
  const { graph, place, spec } = subject
  if (spec['window'] === undefined) return scores
  const node = (operator: string, ...inputs: readonly string[]): string => graph.node(operator, inputs, {}, place)
  const number = (value: number): string => graph.floats([value], [])
  const [rows, columns] = [stepNumbers(subject, input, [1, 1, -1, 1]), stepNumbers(subject, input, [1, 1, 1, -1])]
  const over = node('Sub', node('Abs', node('Sub', rows, columns)), number(Number(spec['window'])))
  return node('Add', scores, node('Mul', node('Clip', over, number(0), number(1)), number(never)))
}

/** Turns of queries and keys: `[batch, steps, 3, heads, pairs]` twice, the first numbers of the pairs and the second. */
const rotaryPositions: Emitter = (subject) => {
  const { graph, place, output, spec } = subject
  const input = channelsLast(graph, subject.input)
  const [heads, base] = [Number(spec['heads']), Number(spec['base'])]
  const [steps = 1, channels = 3] = output
  const width = channels / (3 * heads)
  const node = (operator: string, inputs: readonly string[], attributes = {}): string =>
    graph.node(operator, inputs, attributes, place)
  const own = graph.freeSteps ? 0 : steps
  const parts = node('Reshape', [input.name, graph.integers([0, own, 3, heads, width])])
  const part = (from: string, axis: number, begin: number, end: number): string =>
    node('Slice', [from, graph.integers([begin]), graph.integers([end]), graph.integers([axis])])
  const turned = part(parts, 2, 0, 2)
  const [first, second] = [part(turned, 4, 0, width / 2), part(turned, 4, width / 2, width)]
  const frequencies = graph.floats(rotaryFrequencies(width, base), [width / 2], `${place}.frequencies`)
  const angles = node('Mul', [stepNumbers(subject, input, [1, -1, 1, 1, 1]), frequencies])
  const [across, along] = [node('Cos', [angles]), node('Sin', [angles])]
  const times = (value: string, factor: string): string => node('Mul', [value, factor])
  const made = [
    node('Sub', [times(first, across), times(second, along)]),
    node('Add', [times(second, across), times(first, along)]),
  ]
  const pairs = node('Concat', made, { axis: { int: 4 } })
  const all = node('Concat', [pairs, part(parts, 2, 2, 3)], { axis: { int: 2 } })
  return lastValue(node('Reshape', [all, graph.integers([0, own, channels])]), output)
}

const dotProductAttention: Emitter = (subject) => {
  const { graph, place, output, spec } = subject
  const heads = Number(spec['heads'])
  const input = channelsLast(graph, subject.input)
  const [steps = 1, features = 1] = output
  const each = features / heads
  const node = (operator: string, inputs: readonly string[], perm?: readonly number[]): string =>
    graph.node(operator, inputs, perm && { perm: { ints: perm } }, place)
  // In a new shape, 0 keeps the size that the axis has.
  const own = graph.freeSteps ? 0 : steps
  const parts = node('Reshape', [input.name, graph.integers([0, own, 3, heads, each])])
  const split = node('Transpose', [parts], [2, 0, 3, 1, 4])
  const [q = '', k = '', v = ''] = [0, 1, 2].map((part) => inHeads(subject, split, part))
  const products = node('MatMul', [q, node('Transpose', [k], [0, 1, 3, 2])])
  const scores = node('Mul', [products, graph.floats([1 / Math.sqrt(each)], [])])
  const near = within(subject, scores, input)
  const real = spec['masked'] === true ? realSteps(graph, input) : undefined
  const allowed = real === undefined ? near : refused(subject, near, real, steps)
  const weights = graph.node('Softmax', [allowed], { axis: { int: -1 } }, place)
  const joined = node('Transpose', [node('MatMul', [weights, v])], [0, 2, 1, 3])
  const y = node('Reshape', [joined, graph.integers([0, own, features])])
  return lastValue(real === undefined ? y : node('Mul', [y, real]), output)
}

/** Rows of the layer's table at the steps of a sequence, for every example; at masked steps zeros. */
const learnt = (rowsOf: (subject: Subject, table: Float32Array) => { values: Float32Array; shape: Shape }): Emitter =>
  (subject) => {
    const { graph, place, output, spec } = subject
    const input: Value = channelsLast(graph, subject.input)
    const { values, shape } = rowsOf(subject, required(subject, 'table').values)
    const all = graph.floats(values, shape, `${place}.table`)
    const rows = graph.freeSteps && (shape[1] ?? 1) > 1 ? stepsOf(subject, all, input) : all
    const masked = spec['masked'] === true
    return lastValue(
      masked
        ? graph.node('Mul', [rows, realSteps(graph, input)], {}, place)
        : graph.node('Expand', [rows, graph.node('Shape', [input.name])], {}, place),
      output,
    )
  } // prettier-ignore

/** The first rows of a table, as many as an input has steps. */
const stepsOf = ({ graph, place }: Subject, table: string, input: Value): string => {
  const steps = graph.node('Shape', [input.name], { start: { int: 1 }, end: { int: 2 } })
  return graph.node('Slice', [table, graph.integers([0]), steps, graph.integers([1])], {}, place)
}

/** The first rows, as many as there are steps. */
const firstRows = learnt(({ output: [steps = 1, features = 1] }, table) => ({
  ...{ values: table.slice(0, steps * features), shape: [1, steps, features] },
}))

/** All rows, and zeros at the steps after them. */
const paddedRows = learnt(({ output: [steps = 1, features = 1] }, table) => {
  const values = new Float32Array(steps * features)
  values.set(table)
  return { values, shape: [1, steps, features] }
})

/** The first row at every step. */
const firstRow = learnt(({ output: [, features = 1] }, table) => ({
  ...{ values: table.slice(0, features), shape: [1, 1, features] },
}))

/** Layers of transformers that are not found elsewhere. */
export const attention: Readonly<Record<string, Emitter>> = {
  dotProductAttention,
  leadingTokens: paddedRows,
  positionEmbedding: firstRows,
  rotaryPositions,
  typeEmbedding: firstRow,
}
