import { identity, serial } from '@ptu/layers'
import { ImportError } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import type { OpenGraph, Step } from '../described-model.ts'
import type { NamedPart } from '../open-folded.ts'
import { shown } from './fields.ts'
import type { Graph } from './graph.ts'
import { dominators } from './order.ts'
import { plain, type Part } from './part.ts'

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

/** The segments of a graph that end at the given layers and at its output. Throws {@link ImportError}. */
export const segments = (graph: OpenGraph, cuts: readonly string[], input: Shape | undefined): readonly NamedPart[] => {
  const points = spine(graph)
  const ends = endsOf(graph, points, cuts)
  const path = pathsOf(graph, graph.steps(input))
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
      const { parts, join } = use(at)
      const parting = dominator[at] ?? 0
      found.push(join ? [join(inputsOf(at).map((input) => inSeries(path(parting, input, depth + 1))))] : parts)
    }
    return found.reverse().flat()
  }
  return (from, to) => path(from, to, 0)
}

/** Parts one after another as one. */
export const inSeries = (parts: readonly Part[]): Part => {
  const [first, ...others] = parts
  if (first === undefined) return plain(identity)
  if (others.length === 0) return first
  return {
    layer: serial(...parts.map(({ layer }) => layer)),
    params: () => parts.map((part) => part.params()),
  }
}
