import { type Json, key } from '@ptu/core'
import type { Layer, LayerSpec } from '@ptu/layers'
import type { ParamTree, Shape } from '@ptu/tensor'
import {
  input as inputOf,
  layers,
  model as modelOf,
  type LayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers'

import { bidirectional, recurrentToLast, recurrentTypes, timeDistributed } from './keras/sequences.ts'
import { noCounterpart, type Stage, type Subject } from './keras/stage.ts'
import { stages } from './keras/table.ts'
import { applied, withLayerBuilder, type LayerBuilder } from './layer-builder.ts'

/** What a LayersModel is made for. */
export interface LayersModelOptions {
  /** The shape of one input. */
  readonly input: Shape
  /** Default `'ptu'`. */
  readonly name?: string
  /** Becomes the model's user-defined metadata, under `ptu`. */
  readonly metadata?: Readonly<Record<string, Json>>
}

/**
 * A network of ptu with its parameters as a plain `tf.LayersModel`, with no need of ptu: save it with any handler.
 *
 * Equal at inference within 1e-5. Borrows the parameters; the caller owns the model. Throws `LayersModelError` that names
 * the first layer for which tfjs-layers has no layer that computes the same.
 *
 * @example
 * ```ts
 * const network = serial(conv2d(4, 3), relu, flatten, dense(2))
 * const model = layersModelOf(network, network.init(key(0), [8, 8, 1]), { input: [8, 8, 1] })
 * await model.save(fileHandler('exported'))
 * ```
 */
export const layersModelOf = (
  network: Layer,
  params: ParamTree,
  { input, name = 'ptu', metadata = {} }: LayersModelOptions,
): LayersModel =>
  withLayerBuilder('', key(0), (builder) => {
    const x = inputOf({ shape: [...input], name: builder.nameOf('input') })
    const output = converted(network, params, x, builder)
    const model = modelOf({ inputs: x, outputs: output, name })
    model.setUserDefinedMetadata({ ptu: metadata })
    return model
  })

type Convert = (layer: Layer, params: ParamTree, x: SymbolicTensor, builder: LayerBuilder) => SymbolicTensor

const converted: Convert = (layer, params, x, builder) => {
  const { structure, spec } = layer
  if (structure.kind === 'composite' && structure.flow === 'chain') return chain(linksOf(layer, params), x, builder)
  const merge = merges[spec.type]
  if (structure.kind === 'composite' && merge) {
    const paths = structure.parts.map((part, i) => converted(part, childOf(params, i), x, builder))
    return merge(builder.nameOf(spec.type)).apply([...paths]) as SymbolicTensor
  }
  return put(stagesOf(layer, params, x, builder), x, builder)
}

const childOf = (params: ParamTree, i: number): ParamTree => (params as readonly ParamTree[])[i] ?? []

const merges: Readonly<Record<string, (name: string) => layers.Layer>> = {
  residual: (name) => layers.add({ name }),
  concatenate: (name) => layers.concatenate({ name }),
}

type Link = readonly [layer: Layer, params: ParamTree]

/** The layers of a chain one by one, chains in it spread out. */
const linksOf = (layer: Layer, params: ParamTree): readonly Link[] =>
  layer.structure.kind === 'composite' && layer.structure.flow === 'chain'
    ? layer.structure.parts.flatMap((part, i) => linksOf(part, childOf(params, i)))
    : [[layer, params]]

/** A recurrent layer and the last step after it are one layer of Keras. */
const chain = (links: readonly Link[], x: SymbolicTensor, builder: LayerBuilder): SymbolicTensor => {
  const [first, second] = links
  if (first === undefined) return x
  const [layer, params] = first
  const joins = recurrentTypes.has(layer.spec.type) && second?.[0].spec.type === 'lastStep'
  const y = joins
    ? put(recurrentToLast(subjectOf(layer, params, x, builder), second[0].spec), x, builder)
    : converted(layer, params, x, builder)
  return chain(links.slice(joins ? 2 : 1), y, builder)
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

const put = (all: readonly Stage[], x: SymbolicTensor, builder: LayerBuilder): SymbolicTensor =>
  all.reduce((tensor, { layer, weights }) => applied(builder.own(layer), weights)([tensor])[0] ?? tensor, x)
