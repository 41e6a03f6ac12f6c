import { ImportError } from '@ptu/networks'

import { isChannelsFirst } from './channels-first.ts'
import { endsAt, inboundOf, numberReadBy } from './calls.ts'
import { layersIn, limits, modelNameOf, modelOf, modelTypes, nameOf } from './description.ts'
import { recordAt, recordOf, shown, textAt, valueAt, type Fields } from './fields.ts'
import type { Graph, GraphNode, KerasGraph } from './graph.ts'
import { inOrder, theOutput } from './order.ts'

interface Draft {
  readonly nodes: Map<string, GraphNode>
  readonly aliases: Map<string, string>
}

/**
 * The graph of a model's topology up to a layer, the model's output unless given.
 *
 * Reads what tfjs and Keras 1 to 3 write: sequential and functional models, nested ones inlined. Throws
 * {@link ImportError}.
 */
export const readGraph = (topology: unknown, until?: string): KerasGraph => {
  const outer = recordOf(topology, 'the topology')
  const model = modelOf(outer)
  const { draft, outputs } = draftOf(model)
  const resolve = resolver(draft)
  const output = resolve(until ?? theOutput(outputs))
  if (!draft.nodes.has(output))
    throw new ImportError(`expected until to be a layer of the model, got ${shown(until ?? output)}`)
  return {
    nodes: inOrder(draft.nodes, resolve, output),
    resolve,
    keras3: isKeras3(outer, model),
    channelsFirst: isChannelsFirst(draft.nodes.values()),
    modelName: modelNameOf(model),
  }
}

/** Tells whether the maps of the model of a topology are `[channels, height, width]`. Throws {@link ImportError}. */
export const hasChannelsFirst = (topology: unknown): boolean =>
  isChannelsFirst(draftOf(modelOf(recordOf(topology, 'the topology'))).draft.nodes.values())

const draftOf = (model: Fields): { readonly draft: Draft; readonly outputs: readonly string[] } => {
  const draft: Draft = { nodes: new Map(), aliases: new Map() }
  return { draft, outputs: addModel(draft, model, [], undefined) }
}

/** Tells whether Keras 3 wrote it: the version says so or, where there is none, the names of modules. */
const isKeras3 = (outer: Fields, model: Fields): boolean => {
  const versions = [valueAt(outer, 'keras_version'), valueAt(model, 'keras_version')]
  const version = versions.find((one) => typeof one === 'string')
  return version === undefined ? typeof valueAt(model, 'module') === 'string' : version.startsWith('3')
}

/** Adds a model's layers; returns the names of its outputs. `feed` is what a nested model reads. */
const addModel = (
  draft: Draft,
  model: Fields,
  scope: readonly string[],
  feed: string | undefined,
): readonly string[] => {
  if (scope.length > limits.depth) throw new ImportError(`expected models nested at most ${limits.depth} deep`)
  const type = textAt(model, 'class_name')
  if (!modelTypes.has(type))
    throw new ImportError(`expected a Sequential or functional model, got ${shown(type)}; use it as a black box`)
  return type === 'Sequential' ? addSequential(draft, model, scope, feed) : addFunctional(draft, model, scope, feed)
}

const addSequential = (
  draft: Draft,
  model: Fields,
  scope: readonly string[],
  feed: string | undefined,
): readonly string[] => {
  const layers = layersIn(model)
  const [first] = layers
  if (first === undefined) throw new ImportError('expected a model with layers, got none')
  let previous = feed
  if (feed === undefined && !startTypes.has(textAt(first, 'class_name')))
    previous = addNode(draft, scope, `${nameOf(first)}_input`, 'InputLayer', recordAt(first, 'config'), [])
  for (const layer of layers) previous = addLayer(draft, layer, scope, previous === undefined ? [] : [previous], feed)
  return previous === undefined ? [] : [previous]
}

/** Layers that say themselves what they read. */
const startTypes: ReadonlySet<string> = new Set(['InputLayer', ...modelTypes])

const addFunctional = (
  draft: Draft,
  model: Fields,
  scope: readonly string[],
  feed: string | undefined,
): readonly string[] => {
  const config = recordAt(model, 'config')
  const inputs = endsAt(config, 'input_layers')
  if (feed !== undefined && inputs.length !== 1)
    throw new ImportError(`${scope.join('/')}: expected a nested model with one input, it has ${inputs.length}`)
  for (const layer of layersIn(model)) {
    const calls = inboundOf(layer)
    if (calls.length > 1)
      throw new ImportError(
        `layer ${nameOf(layer)}: expected it to be used once, it is used ${calls.length} times; shared layers cannot be opened, use the model as a black box`,
      )
    addLayer(
      draft,
      layer,
      scope,
      (calls[0] ?? []).map((name) => scoped(scope, name)),
      feed,
    )
  }
  return endsAt(config, 'output_layers').map((name) => scoped(scope, name))
}

const scoped = (scope: readonly string[], name: string): string => [...scope, name].join('/')

/** Adds a layer or a nested model; returns the name under which others read it. */
const addLayer = (
  draft: Draft,
  layer: Fields,
  scope: readonly string[],
  inputs: readonly string[],
  feed: string | undefined,
): string => {
  const [own, type] = [nameOf(layer), textAt(layer, 'class_name')]
  const name = scoped(scope, own)
  if (type === 'InputLayer' && feed !== undefined) return alias(draft, name, feed)
  if (!modelTypes.has(type)) {
    const [config, number] = [recordAt(layer, 'config'), numberReadBy(layer)]
    if (number === undefined) return addNode(draft, scope, own, type, config, inputs)
    const values = { ...config.values, number }
    return addNode(draft, scope, own, `${type} of a number`, { ...config, values }, inputs)
  }
  if (inputs.length > 1)
    throw new ImportError(`${name}: expected a nested model with one input, it has ${inputs.length}`)
  const last = theOutput(addModel(draft, layer, [...scope, own], inputs[0]))
  return alias(draft, name, last)
}

const alias = (draft: Draft, name: string, target: string): string => {
  claim(draft, name)
  draft.aliases.set(name, target)
  return name
}

const addNode = (
  draft: Draft,
  scope: readonly string[],
  own: string,
  type: string,
  { values }: Fields,
  inputs: readonly string[],
): string => {
  const name = scoped(scope, own)
  claim(draft, name)
  draft.nodes.set(name, { name, scope, own, type, inputs, config: { place: `layer ${name} (${type})`, values } })
  return name
}

const claim = ({ nodes, aliases }: Draft, name: string): void => {
  if (nodes.has(name) || aliases.has(name))
    throw new ImportError(`expected layers with names of their own, two are called ${shown(name)}`)
  if (nodes.size + aliases.size >= limits.layers) throw new ImportError(`expected at most ${limits.layers} layers`)
}

const resolver =
  ({ aliases }: Draft): Graph['resolve'] =>
  (name) => {
    let at = name
    for (let steps = 0; steps <= aliases.size; steps++) {
      const next = aliases.get(at)
      if (next === undefined) return at
      at = next
    }
    throw new ImportError(`expected a model without cycles, ${shown(name)} is its own input`)
  }
