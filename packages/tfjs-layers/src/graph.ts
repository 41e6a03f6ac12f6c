import { input, LayersModel, Sequential, type layers, type SymbolicTensor } from '@tensorflow/tfjs-layers'

import { LayersModelError } from './errors.ts'
import type { Applied } from './layer-builder.ts'

/** One output of one application of a layer. */
export interface Ref {
  readonly node: string
  readonly output: number
}

/** One application of a layer. */
export interface GraphNode {
  readonly layer: layers.Layer
  readonly inputs: readonly Ref[]
  readonly kwargs: Readonly<Record<string, unknown>>
}

/** A model as applications of layers; models inside it are spread out. */
export interface Graph {
  /** The model's inputs, which no node makes. */
  readonly inputs: ReadonlyMap<string, SymbolicTensor>
  readonly nodes: ReadonlyMap<string, GraphNode>
  readonly outputs: readonly Ref[]
}

/** A layer's entry in a functional model. */
interface LayerEntry {
  readonly name: string
  readonly inboundNodes: readonly (readonly InboundEntry[])[]
}

type InboundEntry = readonly [name: string, node: number, output: number, kwargs: Readonly<Record<string, unknown>>]

type RefEntry = readonly [name: string, node: number, output: number]

/** The graph under construction, and outputs that stand for others. */
interface Draft {
  readonly nodes: Map<string, GraphNode>
  readonly aliases: Map<string, Ref>
}

const keyOf = ({ node, output }: Ref): string => `${node}:${output}`

const idOf = (path: string, name: string, node: number): string => `${path}${name}#${node}`

/**
 * The graph of a model. Throws {@link LayersModelError} for anything that is not a LayersModel of this copy of tfjs.
 */
export const graphOf = (model: LayersModel): Graph => {
  if (!((model as unknown) instanceof LayersModel))
    throw new LayersModelError(
      'expected a tf.LayersModel of the same @tensorflow/tfjs-layers that @ptu/tfjs-layers imports; ' +
        'a GraphModel cannot be taken apart, and `npm ls @tensorflow/tfjs-layers` shows whether there are two copies',
    )
  const draft: Draft = { nodes: new Map(), aliases: new Map() }
  const inputs = model.inputs.map((tensor, i) => [`input#${i}`, tensor] as const)
  const refs = inputs.map(([node]) => ({ node, output: 0 }))
  const outputs = read(draft, model, '', refs)
  const resolve = (ref: Ref): Ref => {
    const target = draft.aliases.get(keyOf(ref))
    return target === undefined ? ref : resolve(target)
  }
  const resolved = [...draft.nodes].map(([id, node]) => [id, { ...node, inputs: node.inputs.map(resolve) }] as const)
  return { inputs: new Map(inputs), nodes: new Map(resolved), outputs: outputs.map(resolve) }
}

/** Adds a model that reads `inputs`; returns its outputs. */
const read = (draft: Draft, model: LayersModel, path: string, inputs: readonly Ref[]): readonly Ref[] =>
  model instanceof Sequential ? readSequence(draft, model, path, inputs) : readFunctional(draft, model, path, inputs)

const readSequence = (
  draft: Draft,
  { layers: all }: LayersModel,
  path: string,
  inputs: readonly Ref[],
): readonly Ref[] =>
  all
    .filter((layer) => layer.getClassName() !== 'InputLayer')
    .reduce((refs, layer) => addNode(draft, path, { layer, inputs: refs, kwargs: {} }, 0), inputs)

const readFunctional = (draft: Draft, model: LayersModel, path: string, inputs: readonly Ref[]): readonly Ref[] => {
  const config = model.getConfig() as unknown as {
    readonly layers: readonly LayerEntry[]
    readonly inputLayers: readonly RefEntry[]
    readonly outputLayers: readonly RefEntry[]
  }
  const refOf = ([name, node, output]: RefEntry | InboundEntry): Ref => ({ node: idOf(path, name, node), output })
  for (const [i, entry] of config.inputLayers.entries())
    draft.aliases.set(keyOf(refOf(entry)), inputs[i] ?? { node: `input#${i}`, output: 0 })
  const byName = new Map(model.layers.map((layer) => [layer.name, layer]))
  for (const { name, inboundNodes } of config.layers) {
    const layer = byName.get(name) as layers.Layer
    // Node 0 of a model joins its own inputs and outputs, and is not listed.
    const first = layer instanceof LayersModel ? 1 : 0
    for (const [i, inbound] of inboundNodes.entries())
      addNode(draft, path, { layer, inputs: inbound.map(refOf), kwargs: inbound[0]?.[3] ?? {} }, first + i)
  }
  return config.outputLayers.map(refOf)
}

/** Adds one application of a layer, or of the layers of a model; returns the outputs that are known so far. */
const addNode = (draft: Draft, path: string, node: GraphNode, index: number): readonly Ref[] => {
  const id = idOf(path, node.layer.name, index)
  if (!(node.layer instanceof LayersModel)) {
    draft.nodes.set(id, node)
    return [{ node: id, output: 0 }]
  }
  const outputs = read(draft, node.layer, `${id}/`, node.inputs)
  for (const [output, ref] of outputs.entries()) draft.aliases.set(keyOf({ node: id, output }), ref)
  return outputs
}

/** The options of {@link rebuild}. */
export interface RebuildOptions {
  /** The name of an input. */
  readonly nameOf: (name: string) => string
  /** Makes the stand-in for the layer of a node; called once for each layer. */
  readonly make: (node: GraphNode, id: string) => Applied
  /** The shape of an input, without the batch, if it differs from the model's. */
  readonly shapeOf?: (tensor: SymbolicTensor) => readonly (number | null)[]
  /** The inputs of the stand-in, if they differ from those of the node. */
  readonly inputsOf?: (node: GraphNode) => readonly Ref[]
}

/** Inputs and outputs of a model. */
export interface Ends {
  readonly inputs: readonly SymbolicTensor[]
  readonly outputs: readonly SymbolicTensor[]
}

/** Builds the part of a graph that `outputs` need, each node once. */
export const rebuild = (graph: Graph, outputs: readonly Ref[], options: RebuildOptions): Ends => {
  const inputs = new Map<string, SymbolicTensor>()
  const stand = new Map<layers.Layer, Applied>()
  const made = new Map<string, readonly SymbolicTensor[]>()
  const inputOf = (id: string): readonly SymbolicTensor[] => {
    const found = graph.inputs.get(id) as SymbolicTensor
    const { shape, dtype, sourceLayer } = found
    const batchShape = options.shapeOf ? [null, ...options.shapeOf(found)] : shape
    const tensor = input({ batchShape, dtype, name: options.nameOf(sourceLayer.name) })
    inputs.set(id, tensor)
    return [tensor]
  }
  const valuesOf = (node: GraphNode, id: string): readonly SymbolicTensor[] => {
    const values = (options.inputsOf?.(node) ?? node.inputs).map(valueOf)
    const applied = stand.get(node.layer) ?? options.make(node, id)
    stand.set(node.layer, applied)
    return applied(values, node.kwargs)
  }
  const valueOf = ({ node: id, output }: Ref): SymbolicTensor => {
    const node = graph.nodes.get(id)
    const found = made.get(id) ?? (node === undefined ? inputOf(id) : valuesOf(node, id))
    made.set(id, found)
    return found[output] as SymbolicTensor
  }
  const values = outputs.map(valueOf)
  return { inputs: [...graph.inputs.keys()].flatMap((id) => inputs.get(id) ?? []), outputs: values }
}
