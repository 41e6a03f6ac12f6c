import { identity, serial } from '@ptu/layers'
import { ImportError } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import { isSize, listAt, shown, valueAt, type Fields } from './fields.ts'
import type { Graph, GraphNode } from './graph.ts'
import { merges, type Merge } from './merges.ts'
import { dominators } from './order.ts'
import { ownedIndex } from './owned-weights.ts'
import { plain, type Part } from './part.ts'
import type { StoredLayersModel } from './stored-model.ts'
import { checkSize, translate } from './translate.ts'
import { weightIndex } from './weights.ts'

/** A part of a model between two cuts. */
export interface Segment extends Part {
  readonly name: string
}

/** The most paths that may lie inside each other. */
const deepest = 32

/** The layers that everything passes, input side first: the places where a model can be cut. The last is its output. */
export const cutPoints = (graph: Graph): readonly string[] =>
  spine(graph).map((place) => graph.nodes[place]?.name ?? '')

const spine = ({ nodes }: Graph): readonly number[] => {
  const dominator = dominators(nodes)
  const found: number[] = []
  for (let at = nodes.length - 1; at > 0; at = dominator[at] ?? 0) found.push(at)
  return found.reverse()
}

/** The function of one layer, before its path is known. */
interface Step {
  readonly parts: readonly Part[]
  readonly merge?: Merge
  readonly output: Shape
}

/** The segments of a graph that end at the given layers and at its output. Throws {@link ImportError}. */
export const segments = (
  graph: Graph,
  model: StoredLayersModel,
  cuts: readonly string[],
  input: Shape | undefined,
): readonly Segment[] => {
  const points = spine(graph)
  const ends = endsOf(graph, points, cuts)
  const path = pathsOf(graph, stepsOf(graph, model, input))
  return ends.map((end, i) => ({ name: graph.nodes[end]?.name ?? '', ...inSeries(path(ends[i - 1] ?? 0, end)) }))
}

const endsOf = ({ nodes, resolve }: Graph, points: readonly number[], cuts: readonly string[]): readonly number[] => {
  const wanted = new Set(cuts.map(resolve))
  const ends = points.filter((place) => wanted.delete(nodes[place]?.name ?? '') || place === nodes.length - 1)
  const [wrong] = wanted
  if (wrong !== undefined)
    throw new ImportError(
      `cannot cut at ${shown(wrong)}: expected a layer that everything passes, one of ${points.map((place) => nodes[place]?.name ?? '').join(', ')}`,
    )
  return ends
}

const stepsOf = (
  { nodes, keras3, modelName }: Graph,
  { weights, owned }: StoredLayersModel,
  input: Shape | undefined,
): readonly Step[] => {
  const weightsOf = owned ? ownedIndex(owned) : weightIndex(weights, modelName)
  const outputs = new Map<string, Shape>()
  return nodes.map((node) => {
    const shapes = node.inputs.map((name) => outputs.get(name) ?? [])
    const step = stepOf(node, shapes, input, (one) =>
      translate(node.type, { config: node.config, input: one, weights: weightsOf(node), keras3 }),
    )
    outputs.set(node.name, step.output)
    return step
  })
}

const stepOf = (
  { type, config, inputs }: GraphNode,
  shapes: readonly Shape[],
  input: Shape | undefined,
  single: (input: Shape) => Step,
): Step => {
  if (inputs.length === 0) return { parts: [], output: inputShape(config, input) }
  const merge = Object.hasOwn(merges, type) ? merges[type] : undefined
  const [first = []] = shapes
  if (merge === undefined && shapes.length > 1)
    throw new ImportError(`${config.place}: expected one input, it has ${shapes.length}; use the model as a black box`)
  if (merge === undefined) return single(first)
  const output = merge.output(shapes, config)
  checkSize(config.place, output)
  return { parts: [], merge, output }
}

/** The shape of the model's input: the one asked for, or the one it was made for. */
const inputShape = (config: Fields, wanted: Shape | undefined): Shape => {
  const own = ['batch_input_shape', 'batch_shape'].find((field) => valueAt(config, field) !== undefined)
  const shape = wanted ?? (own === undefined ? [] : listAt(config, own).slice(1))
  if (shape.length === 0 || !shape.every((size): size is number => isSize(size)))
    throw new ImportError(
      `${config.place}: expected to know the shape of its input, got [${shape.map(shown).join(', ')}]; say it with input`,
    )
  checkSize(config.place, shape)
  return shape
}

/**
 * The parts between one place and a later one that everything passes after it.
 *
 * From a merge it goes on where its paths part. A layer that is met twice lies on paths that part and meet again in
 * another order, which no nesting of layers is.
 */
const pathsOf = ({ nodes }: Graph, steps: readonly Step[]): ((from: number, to: number) => readonly Part[]) => {
  const dominator = dominators(nodes)
  const places = new Map(nodes.map(({ name }, i) => [name, i]))
  const used = new Set<number>()
  const inputsOf = (at: number): readonly number[] => nodes[at]?.inputs.map((name) => places.get(name) ?? 0) ?? []
  const use = (at: number): Step => {
    if (used.has(at))
      throw new ImportError(
        `${nodes[at]?.config.place ?? ''}: the paths that read it do not part and meet again one inside of the other, so they cannot be opened; stop before it with until, or use the model as a black box`,
      )
    used.add(at)
    return steps[at] as Step
  }
  const path = (from: number, to: number, depth: number): readonly Part[] => {
    if (depth > deepest) throw new ImportError(`expected at most ${deepest} paths inside of each other`)
    const found: (readonly Part[])[] = []
    for (let at = to; at !== from; at = dominator[at] ?? 0) {
      const { parts, merge } = use(at)
      const parting = dominator[at] ?? 0
      found.push(merge ? [merge.join(inputsOf(at).map((input) => inSeries(path(parting, input, depth + 1))))] : parts)
    }
    return found.reverse().flat()
  }
  return (from, to) => path(from, to, 0)
}

const inSeries = (parts: readonly Part[]): Part => {
  const [first, ...others] = parts
  if (first === undefined) return plain(identity)
  if (others.length === 0) return first
  return {
    layer: serial(...parts.map(({ layer }) => layer)),
    params: () => parts.map((part) => part.params()),
  }
}
