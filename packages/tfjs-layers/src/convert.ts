import type { Layer, LayerSpec } from '@ptu/layers'
import type { ParamTree, Shape } from '@ptu/tensor'
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers'

import { bidirectional, recurrentToLast, recurrentTypes, timeDistributed } from './keras/sequences.ts'
import { noCounterpart, type Stage, type Subject } from './keras/stage.ts'
import { stages } from './keras/table.ts'
import { applied, type LayerBuilder } from './layer-builder.ts'

/** A network of `@ptu/layers` with its parameters. */
export interface TrainedNetwork {
  readonly layer: Layer
  readonly params: ParamTree
}

type Convert = (network: TrainedNetwork, x: SymbolicTensor, builder: LayerBuilder) => SymbolicTensor

/** Applies a network to `x` as layers of tfjs. Throws a `LayersModelError` that names a layer without a counterpart. */
export const converted: Convert = (network, x, builder) => {
  const { layer, params } = network
  const { structure, spec } = layer
  if (structure.kind === 'composite' && structure.flow === 'chain') return convertedChain(linksOf(network), x, builder)
  const merge = merges[spec.type]
  if (structure.kind === 'composite' && merge) {
    const paths = structure.parts.map((part, i) => converted({ layer: part, params: childOf(params, i) }, x, builder))
    return merge(builder.nameOf(spec.type)).apply([...paths]) as SymbolicTensor
  }
  return put(stagesOf(layer, params, x, builder), x, builder)
}

const childOf = (params: ParamTree, i: number): ParamTree => (params as readonly ParamTree[])[i] ?? []

const merges: Readonly<Record<string, (name: string) => layers.Layer>> = {
  residual: (name) => layers.add({ name }),
  concatenate: (name) => layers.concatenate({ name }),
  maximum: (name) => layers.maximum({ name }),
  minimum: (name) => layers.minimum({ name }),
  product: (name) => layers.multiply({ name }),
}

/** The layers of a chain one by one, chains in it spread out. */
export const linksOf = ({ layer, params }: TrainedNetwork): readonly TrainedNetwork[] =>
  layer.structure.kind === 'composite' && layer.structure.flow === 'chain'
    ? layer.structure.parts.flatMap((part, i) => linksOf({ layer: part, params: childOf(params, i) }))
    : [{ layer, params }]

/** Applies layers to `x`, one after another. A recurrent layer and the last step after it are one layer of Keras. */
export const convertedChain = (
  links: readonly TrainedNetwork[],
  x: SymbolicTensor,
  builder: LayerBuilder,
): SymbolicTensor => {
  const [first, second] = links
  if (first === undefined) return x
  const { layer, params } = first
  const joins = recurrentTypes.has(layer.spec.type) && second?.layer.spec.type === 'lastStep'
  const y = joins
    ? put(recurrentToLast(subjectOf(layer, params, x, builder), second.layer.spec), x, builder)
    : converted(first, x, builder)
  return convertedChain(links.slice(joins ? 2 : 1), y, builder)
}

const subjectOf = ({ spec }: Layer, params: ParamTree, { shape }: SymbolicTensor, builder: LayerBuilder): Subject => ({
  spec,
  params,
  input: shape.slice(1) as Shape,
  nameOf: builder.nameOf,
})

const stagesOf = (layer: Layer, params: ParamTree, x: SymbolicTensor, builder: LayerBuilder): readonly Stage[] => {
  const subject = subjectOf(layer, params, x, builder)
  const { structure, spec } = layer
  if (structure.kind === 'composite' && spec.type === 'bidirectional') {
    const [forward = subject, backward = subject] = structure.parts.map((part, i) =>
      subjectOf(part, childOf(params, i), x, builder),
    )
    return bidirectional(forward, backward)
  }
  if (spec.type === 'timeDistributed')
    return timeDistributed(
      subject,
      simple({ ...subject, spec: spec['layer'] as LayerSpec, input: subject.input.slice(1) }),
    )
  return simple(subject)
}

const simple = (subject: Subject): readonly Stage[] => {
  const { spec } = subject
  const make = stages.get(spec.type)
  if (make) return make(subject)
  throw noCounterpart(spec, spec.type.startsWith('transfer') ? 'fold the transfer model first' : 'it is not known here')
}

/** Applies layers of tfjs one after another, each with its weights. */
export const put = (all: readonly Stage[], x: SymbolicTensor, builder: LayerBuilder): SymbolicTensor =>
  all.reduce((tensor, { layer, weights }) => applied(builder.own(layer), weights)([tensor])[0] ?? tensor, x)
