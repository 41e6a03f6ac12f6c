import { required, type Emitter, type Subject } from './emitter.ts'
import type { GraphBuilder } from './graph-builder.ts'
import { channelsFirst, channelsLast, lastValue, perChannel, renamed, type Value } from './value.ts'

/** `scale · x + shift`, a number for each channel. */
const scaledAndShifted = (
  { graph, place }: Pick<Subject, 'graph' | 'place'>,
  value: Value,
  scale: Float32Array | readonly number[],
  shift: Float32Array | readonly number[],
): Value => {
  const scaled = graph.node('Mul', [value.name, perChannel(graph, value, scale, `${place}.scale`)], {}, place)
  return renamed(value, graph.node('Add', [scaled, perChannel(graph, value, shift, `${place}.shift`)], {}, place))
}

const dense: Emitter = (subject) => {
  const { graph, input, output, place } = subject
  const [kernel, bias] = [required(subject, 'kernel'), required(subject, 'bias')]
  const weights = graph.floats(kernel.values, kernel.shape, `${place}.kernel`)
  const shift = graph.floats(bias.values, bias.shape, `${place}.bias`)
  return lastValue(graph.node('Gemm', [input.name, weights, shift], {}, place), output)
}

const frozenBatchNorm: Emitter = (subject) =>
  scaledAndShifted(subject, subject.input, required(subject, 'scale').values, required(subject, 'shift').values)

const fixedAffine: Emitter = (subject) => {
  const { scale, shift } = subject.spec as unknown as { scale: readonly number[]; shift: readonly number[] }
  return scaledAndShifted(subject, subject.input, scale, shift)
}

const layerNorm: Emitter = (subject) => {
  const { graph, place } = subject
  const input = channelsLast(graph, subject.input)
  const names = ['scale', 'shift'].map((name) => {
    const { values, shape } = required(subject, name)
    return graph.floats(values, shape, `${place}.${name}`)
  })
  const attributes = { axis: { int: -1 }, epsilon: { float: (subject.spec as unknown as { epsilon: number }).epsilon } }
  return renamed(input, graph.node('LayerNormalization', [input.name, ...names], attributes, place))
}

/** Each group as one channel of an instance normalisation: opset 17 has no group normalisation. */
const groupNorm: Emitter = (subject) => {
  const { graph, place } = subject
  const { groups, epsilon } = subject.spec as unknown as { groups: number; epsilon: number }
  const input = channelsFirst(graph, subject.input)
  const grouped = graph.node('Reshape', [input.name, graph.integers([0, groups, -1])], {}, place)
  const [ones, zeros] = [1, 0].map((value) => graph.floats(new Float32Array(groups).fill(value), [groups]))
  const standard = graph.node('InstanceNormalization', [grouped, ones ?? '', zeros ?? ''], { epsilon: { float: epsilon } }, place) // prettier-ignore
  const sizes = [input.shape.at(-1) ?? 1, ...input.shape.slice(0, -1)]
  const back = renamed(input, graph.node('Reshape', [standard, graph.integers([0, ...sizes])], {}, place))
  return scaledAndShifted(subject, back, required(subject, 'scale').values, required(subject, 'shift').values)
}

/** 1 for every token but that of padding, `[batch, steps, 1]`. */
const realTokens = (graph: GraphBuilder, tokens: string, padding: number): string => {
  const isPadding = graph.node('Equal', [tokens, graph.integers([padding])])
  const real = graph.node('Cast', [graph.node('Not', [isPadding])], { to: { int: 1 } })
  return graph.node('Unsqueeze', [real, graph.integers([2])])
}

const embedding: Emitter = (subject) => {
  const { graph, input, output, place } = subject
  const { values, shape } = required(subject, 'table')
  const tokens = graph.node('Cast', [input.name], { to: { int: 7 } }, place)
  const rows = graph.node('Gather', [graph.floats(values, shape, `${place}.table`), tokens], {}, place)
  const { masked, padding = 0 } = subject.spec as unknown as { masked: boolean; padding?: number }
  return lastValue(masked ? graph.node('Mul', [rows, realTokens(graph, tokens, padding)], {}, place) : rows, output)
}

const layerScale: Emitter = (subject) => {
  const { graph, input, place } = subject
  const scale = perChannel(graph, input, required(subject, 'scale').values, `${place}.scale`)
  return renamed(input, graph.node('Mul', [input.name, scale], {}, place))
}

/** Layers of one affine map that is no convolution, and normalisations. */
export const affine: Readonly<Record<string, Emitter>> = {
  dense,
  embedding,
  fixedAffine,
  frozenBatchNorm,
  groupNorm,
  layerNorm,
  layerScale,
}
