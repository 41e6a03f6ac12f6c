import type { Layer } from '@ptu/layers'
import type { ParamTree } from '@ptu/tensor'

import type { Emitter, Subject } from './emitter.ts'
import { reversed } from './sequences.ts'
import { channelAxis, likeChannels, renamed, type Value } from './value.ts'

/** The parts of a composite with their parameters and the names of their places. */
const partsOf = (
  { layer: { structure }, params, place }: Subject,
  names: (i: number) => string = String,
): readonly { readonly layer: Layer; readonly params: ParamTree; readonly place: string }[] =>
  structure.kind === 'composite'
    ? structure.parts.map((layer, i) => ({
        layer,
        params: (params as readonly ParamTree[])[i] ?? [],
        place: place === '' ? names(i) : `${place}/${names(i)}`,
      }))
    : []

/** The outputs of all parts, which read the same input, with channels where the first one has them. */
const outputsOf = (subject: Subject, names?: (i: number) => string): readonly Value[] => {
  const { input, emit, graph } = subject
  const values = partsOf(subject, names).map(({ layer, params, place }) => emit(layer, params, input, place))
  const [first] = values
  return values.map((value) => (first === undefined ? value : likeChannels(graph, value, first)))
}

const serial: Emitter = (subject) =>
  partsOf(subject).reduce((value, { layer, params, place }) => subject.emit(layer, params, value, place), subject.input)

const combined =
  (operator: 'Add' | 'Max' | 'Min' | 'Mul', names: readonly string[]): Emitter =>
  (subject) => {
    const values = outputsOf(subject, (i) => names[i] ?? String(i))
    const [first = subject.input] = values
    const inputs = values.map(({ name }) => name)
    return renamed(first, subject.graph.node(operator, inputs, {}, subject.place), subject.output)
  }

const joined = (subject: Subject, values: readonly Value[]): Value => {
  const [first = subject.input] = values
  const axis = { axis: { int: channelAxis(first) } }
  const inputs = values.map(({ name }) => name)
  return renamed(first, subject.graph.node('Concat', inputs, axis, subject.place), subject.output)
}

const bidirectional: Emitter = (subject) => {
  const { graph, input, emit } = subject
  const [forward, backward] = partsOf(subject, (i) => (i === 0 ? 'forward' : 'backward'))
  if (forward === undefined || backward === undefined) return input
  const there = emit(forward.layer, forward.params, input, forward.place)
  const back = emit(backward.layer, backward.params, reversed(graph, input), backward.place)
  return joined(subject, [there, likeChannels(graph, reversed(graph, back), there)])
}

/** Layers made of other layers. */
export const composites: Readonly<Record<string, Emitter>> = {
  bidirectional,
  concatenate: (subject) => joined(subject, outputsOf(subject)),
  maximum: combined('Max', ['first', 'second']),
  minimum: combined('Min', ['first', 'second']),
  product: combined('Mul', ['first', 'second']),
  residual: combined('Add', ['main', 'shortcut']),
  serial,
}
