import { key } from '@ptu/core'
import { mix, type Openness } from '@ptu/gates'
import { scope } from '@ptu/tensor'
import { mul, reshape, type Tensor } from '@tensorflow/tfjs-core'
import { layers, model as modelOf, type LayersModel } from '@tensorflow/tfjs-layers'

import { cloneLayer } from './clone.ts'
import { LayersModelError } from './errors.ts'
import { graphOf, rebuild, type Graph, type GraphNode, type Ref } from './graph.ts'
import { PtuInference } from './inference-layer.ts'
import { mixable, statisticsOf } from './kinds.ts'
import { PtuUnit } from './unit-layer.ts'
import { applied, withLayerBuilder, type Applied, type LayerBuilder } from './layer-builder.ts'

/**
 * Turns the model into plain layers of tfjs: a unit and its branches become one layer with mixed weights, and a frozen
 * layer becomes the layer inside it. The outputs at inference are equal within 1e-5. Loading the result needs no ptu.
 *
 * Borrows the model, which stays as it is; the caller owns the result. Throws a {@link LayersModelError} that names a
 * unit whose branches are not the same layer on the same input.
 *
 * @example
 * ```ts
 * const source = sequential({ layers: [layers.dense({ units: 8, inputShape: [4], name: 'features' })] })
 * const target = transferLayersModel(source, { strategy: 'ptu', cut: 'features', head: 3 })
 * const plain = foldLayersModel(target) // after training; save it, load it anywhere
 * ```
 */
export const foldLayersModel = (model: LayersModel): LayersModel => {
  const graph = graphOf(model)
  return withLayerBuilder('', key(0), (builder) => {
    const { inputs, outputs } = rebuild(graph, graph.outputs, {
      nameOf: builder.nameOf,
      make: (node) => plainLayer(graph, node, builder),
      inputsOf: (node) => (node.layer instanceof PtuUnit ? branchesOf(graph, node).inputs : node.inputs),
    })
    const folded = modelOf({ inputs: [...inputs], outputs: [...outputs], name: model.name })
    folded.setUserDefinedMetadata({ ...model.getUserDefinedMetadata() })
    return folded
  })
}

const plainLayer = (graph: Graph, node: GraphNode, builder: LayerBuilder): Applied => {
  const { layer } = node
  if (layer instanceof PtuUnit) return foldedUnit(layer, branchesOf(graph, node).layers, builder)
  const inner = plainOf(layer)
  return applied(builder.own(cloneLayer(inner, { name: builder.nameOf(layer.name) })), () => inner.getWeights())
}

const plainOf = (layer: layers.Layer): layers.Layer => (layer instanceof PtuInference ? layer.layer : layer)

/** The branches of a unit and the one input that they read. */
interface BranchLayers {
  readonly layers: readonly layers.Layer[]
  readonly inputs: readonly Ref[]
}

const branchesOf = ({ nodes }: Graph, { layer, inputs }: GraphNode): BranchLayers => {
  const found = inputs.flatMap(({ node }) => nodes.get(node) ?? [])
  const plain = found.map((branch) => plainOf(branch.layer))
  const read = new Set(found.map((branch) => JSON.stringify(branch.inputs)))
  const kinds = new Set(plain.map(kindOf))
  const [first] = plain
  const linear = first !== undefined && mixable.has(first.getClassName()) && isLinear(first)
  if (!linear || found.length !== inputs.length || read.size !== 1 || kinds.size !== 1)
    throw new LayersModelError(
      `unit ${layer.name} cannot be folded: expected branches that are one layer without activation on one input, ` +
        `got ${plain.map(({ name }) => name).join(', ') || 'inputs of the model'}; keep the model as it is`,
    )
  return { layers: plain, inputs: found[0]?.inputs ?? [] }
}

const isLinear = (layer: layers.Layer): boolean => (layer.getConfig()['activation'] ?? 'linear') === 'linear'

/** The traits that two branches must have in common: all except names, initial values and what learns. */
const kindOf = (layer: layers.Layer): string =>
  JSON.stringify([layer.getClassName(), layer.getConfig()], (name, value: unknown) =>
    name === 'name' || name === 'trainable' || name.endsWith('Initializer') ? undefined : value,
  )

const foldedUnit = (unit: PtuUnit, branches: readonly layers.Layer[], builder: LayerBuilder): Applied => {
  const [first = unit] = branches
  const { activation } = unit
  const name = builder.nameOf(unit.name)
  const fused = 'activation' in first.getConfig()
  const plain = builder.own(cloneLayer(first, { name, config: fused ? { activation } : {} }))
  const affine = applied(plain, () => mixedWeights(unit, branches))
  if (fused || activation === 'linear') return affine
  const nonlinear = layers.activation({
    activation: activation as 'linear',
    name: builder.nameOf(`${name}_${activation}`),
  })
  return (inputs, kwargs) => applied(nonlinear)(affine(inputs, kwargs))
}

/** The weights of the branches mixed by how far the gates are open; statistics are the source's. The caller owns them. */
const mixedWeights = (unit: PtuUnit, branches: readonly layers.Layer[]): readonly Tensor[] =>
  scope(() => {
    const open = unit.openness()
    const [source = [], fineTuned = [], random] = branches.map((branch) => branch.getWeights())
    const [kind = unit] = branches
    const learnt = source.length - statisticsOf(kind)
    return source.map((weight, i) =>
      i < learnt ? mixedWeight(kind, open, [weight, fineTuned[i] ?? weight, random?.[i]]) : weight.clone(),
    )
  })

type BranchWeights = readonly [source: Tensor, fineTuned: Tensor, random: Tensor | undefined]

/** Mixes a weight of the branches, as rows of channels, which is the form that gates mix. */
const mixedWeight = (kind: layers.Layer, open: Openness, [source, fineTuned, random]: BranchWeights): Tensor => {
  const { last, back } = mixable.get(kind.getClassName()) ?? { last: (x: Tensor) => x, back: (x: Tensor) => x }
  const { shape } = last(source)
  const rows = (weight: Tensor): Tensor => reshape(last(weight), [-1, shape.at(-1) ?? 1])
  const branches = { source: rows(source), fineTuned: rows(fineTuned), ...(random && { random: rows(random) }) }
  // A product by 1, because the wasm backend takes the shape that data were made with for that of a bias.
  return mul(back(reshape(mix(open, branches), shape), source), 1)
}
