import { key } from '@ptu/core'
import { layers, model as modelOf, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers'

import { strategies, type LayersStrategy } from './strategies.ts'
import { cloneLayer } from './clone.ts'
import { LayersModelError } from './errors.ts'
import { graphOf, rebuild, type RebuildOptions, type Graph, type Ref } from './graph.ts'
import type { PtuUnitOptions } from './unit-layer.ts'
import { applied, withLayerBuilder, type Applied, type LayerBuilder } from './layer-builder.ts'

/** The part of a model to carry over, the strategy, and the head after it. */
export interface TransferLayersOptions {
  /** One strategy for all, or one for each block that `cut` names. */
  readonly strategy: LayersStrategy | readonly LayersStrategy[]
  /** The layer whose output the head reads; or the last layer of each block, input side first. */
  readonly cut: string | readonly string[]
  /** The number of classes, for global average pooling and a softmax; or layers, which are cloned with fresh weights. */
  readonly head: number | readonly layers.Layer[]
  /** The shape of one input, if it is not the source's: another height and width, the same channels where they are. */
  readonly input?: readonly (number | null)[]
  /** The seed of everything that starts at random; default 0. */
  readonly seed?: number
  /** The prefix of the names of the source's layers; default `'target_'`. */
  readonly prefix?: string
  /** The options of units, for the strategy `'ptu'`. */
  readonly unit?: PtuUnitOptions
}

/**
 * Carries a trained LayersModel over to a new task: a new, real `tf.LayersModel` to compile, fit, evaluate and save as
 * usual. The source is only read.
 *
 * `'share'` freezes the layers up to the cut (see `PtuInference`), `'fine-tune'` trains them from the source's weights,
 * `'scratch'` from a random start, `'ptu'` lets learnt gates mix the two, channel by channel, and folds away (see
 * `foldLayersModel`). Batch normalisation keeps the source's statistics, except from scratch. A layer belongs to the
 * block of the first cut that needs it. Models inside the model are spread out.
 *
 * The same seed gives the same weights. The caller owns the model and disposes of it. Throws {@link LayersModelError}
 * for options that are missing, an `input` that the source cannot read, a cut that is not there, blocks that do not follow each other, and layers
 * that a strategy cannot carry over.
 *
 * @example
 * ```ts
 * const source = sequential({ layers: [layers.dense({ units: 8, inputShape: [4], name: 'features' })] })
 * const target = transferLayersModel(source, { strategy: 'ptu', cut: 'features', head: 3, seed: 7 })
 * target.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
 * ```
 */
export const transferLayersModel = (source: LayersModel, options: TransferLayersOptions): LayersModel => {
  const graph = graphOf(source)
  checkOptions(options)
  const { seed = 0, prefix = 'target_', head } = options
  const blocks = blocksOf(graph, options)
  return withLayerBuilder(prefix, key(seed), (builder) => {
    const make: RebuildOptions['make'] = ({ layer }, id) =>
      strategies[blocks.strategies.get(id) ?? 'share'](layer, builder, options.unit ?? {})
    const first = isChannelsFirst(graph)
    const shapeOf = inputShapeOf(options, first)
    const { inputs, outputs } = rebuild(graph, [blocks.output], { nameOf: builder.nameOf, make, ...shapeOf })
    const made = headOf(head, { outputs, first }, builder).reduce((tensors, part) => part(tensors), outputs)
    const target = modelOf({ inputs: [...inputs], outputs: [...made], name: `${prefix}${source.name}` })
    const { strategy, cut } = options
    target.setUserDefinedMetadata({ ptu: { strategy, cut, seed, source: source.name } })
    return target
  })
}

/** Checks what comes from JavaScript without types. */
const checkOptions = (options: unknown): void => {
  const { strategy, cut, head } = Object(options) as Partial<Record<keyof TransferLayersOptions, unknown>>
  const wrong = Object.entries({ strategy, cut }).find(([, value]) => !isNames(value))
  if (wrong !== undefined)
    throw new LayersModelError(`${wrong[0]}: expected a name or a list of names, got ${shown(wrong[1])}; ${example}`)
  if (typeof head !== 'number' && !(Array.isArray(head) && head.every((layer) => layer instanceof layers.Layer)))
    throw new LayersModelError(
      `head: expected a number of classes or a list of layers of the same @tensorflow/tfjs-layers, got ${shown(head)}`,
    )
}

const example = "give options such as { strategy: 'ptu', cut: 'the name of a layer', head: 3 }"

const isNames = (value: unknown): boolean => [value].flat().every((each) => typeof each === 'string')

const shown = (value: unknown): string => {
  if (value instanceof Object && !Array.isArray(value)) return 'an object'
  return Array.isArray(value) ? `[${value.map(shown).join(', ')}]` : String(value)
}

/** Checks the shape that is asked for against the source's. */
const inputShapeOf = ({ input }: TransferLayersOptions, first: boolean): Pick<RebuildOptions, 'shapeOf'> => {
  if (input === undefined) return {}
  const place = first ? 'first' : 'last'
  const channelsOf = (one: readonly (number | null)[]): number | null | undefined => (first ? one[0] : one.at(-1))
  const shapeOf = ({ shape }: SymbolicTensor): readonly (number | null)[] => {
    const channels = channelsOf(shape.slice(1))
    if (input.length === shape.length - 1 && channelsOf(input) === channels) return input
    const grey = channels === 3 && channelsOf(input) === 1 ? ': repeat grey pixels for red, green and blue' : ''
    throw new LayersModelError(
      `input: expected ${shape.length - 1} sides with ${channels ?? 'unknown'} channels ${place}, as the source has ` +
        `(${shape.slice(1).join(' × ')}), got ${input.join(' × ')}${grey}`,
    )
  }
  return { shapeOf }
}

/** Tells whether the layers of a model have their channels before height and width. */
const isChannelsFirst = ({ nodes }: Graph): boolean =>
  [...nodes.values()].some(({ layer }) => layer.getConfig()['dataFormat'] === 'channelsFirst')

/** The strategy of each node, and the input of the head. */
interface Blocks {
  readonly strategies: ReadonlyMap<string, LayersStrategy>
  readonly output: Ref
}

const blocksOf = (graph: Graph, { strategy, cut }: TransferLayersOptions): Blocks => {
  const names = [cut].flat()
  const plan = planFor(names, strategy)
  const strategies = new Map<string, LayersStrategy>()
  let last: string | undefined
  for (const [i, name] of names.entries()) {
    const id = nodeAt(graph, name)
    const block = upTo(graph, id)
    if (last !== undefined && (last === id || !block.has(last)))
      throw new LayersModelError(`cut ${name} does not come after ${names[i - 1] ?? ''}; name cuts input side first`)
    for (const node of block) if (!strategies.has(node)) strategies.set(node, plan[i] ?? 'share')
    last = id
  }
  return { strategies, output: { node: last ?? '', output: 0 } }
}

const planFor = (cuts: readonly string[], strategy: TransferLayersOptions['strategy']): readonly LayersStrategy[] => {
  const plan = typeof strategy === 'string' ? cuts.map(() => strategy) : strategy
  if (plan.length !== cuts.length || plan.length === 0)
    throw new LayersModelError(`expected one strategy for each cut, got ${plan.length} for ${cuts.length}`)
  const unknown: string | undefined = plan.find((each) => !Object.hasOwn(strategies, each))
  if (unknown === undefined) return plan
  throw new LayersModelError(`expected a strategy among ${Object.keys(strategies).join(', ')}, got ${unknown}`)
}

const nodeAt = ({ nodes }: Graph, name: string): string => {
  const found = [...nodes].findLast(([, { layer }]) => layer.name === name)
  if (found !== undefined) return found[0]
  const names = [...nodes.values()].map(({ layer }) => layer.name)
  const shown = names.length > 60 ? [...names.slice(0, 30), '…', ...names.slice(-30)] : names
  throw new LayersModelError(`the model has no layer ${name} to cut at; its layers are ${shown.join(', ')}`)
}

/** A node and all that it needs. */
const upTo = ({ nodes }: Graph, id: string): ReadonlySet<string> => {
  const seen = new Set<string>()
  const open = [id]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...(nodes.get(next)?.inputs ?? []).map(({ node }) => node))
  }
  return seen
}

const headOf = (
  head: TransferLayersOptions['head'],
  { outputs, first }: { readonly outputs: readonly SymbolicTensor[]; readonly first: boolean },
  builder: LayerBuilder,
): Applied[] =>
  (typeof head === 'number' ? classifier(head, outputs[0]?.shape.length ?? 0, first) : head).map((layer) =>
    applied(builder.own(cloneLayer(layer, { name: builder.nameOf(layer.name), seed: builder.seed() }))),
  )

const classifier = (classes: number, rank: number, first: boolean): readonly layers.Layer[] => {
  if (!Number.isInteger(classes) || classes < 1)
    throw new LayersModelError(`head: expected a number of classes or a list of layers, got ${classes}`)
  const output = layers.dense({ units: classes, activation: 'softmax', name: 'head' })
  const name = 'head_pool'
  if (rank === 2) return [output]
  if (rank === 3 && !first) return [layers.globalAveragePooling1d({ name }), output]
  if (rank === 4)
    return [layers.globalAveragePooling2d({ name, ...(first && { dataFormat: 'channelsFirst' }) }), output]
  throw new LayersModelError(`head: expected a cut with 2 to 4 axes for a number of classes, got ${rank}; give layers`)
}
