import { ImportError } from '@ptu/networks'

import { shown } from './fields.ts'
import type { GraphNode } from './graph.ts'

/** The most edges between layers: following them must not take longer than this. */
const largestEdgeCount = 20_000

/**
 * The layers that `output` depends on, each after those it reads. `advice` says what to do about several inputs.
 *
 * Throws {@link ImportError} for a cycle, for several inputs, and for a layer that is read and is not there.
 */
export const inOrder = (
  nodes: ReadonlyMap<string, GraphNode>,
  resolve: (name: string) => string,
  output: string,
  advice = 'a model with several can be a black box',
): readonly GraphNode[] => {
  const needed = ancestors(nodes, resolve, output)
  const order: GraphNode[] = []
  const readers = readersIn([...needed.values()])
  const missing = new Map([...needed.values()].map(({ name, inputs }) => [name, inputs.length]))
  const ready = [theInput(needed, advice)]
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    order.push(node)
    for (const reader of readers.get(node.name) ?? []) {
      const left = (missing.get(reader.name) ?? 0) - 1
      missing.set(reader.name, left)
      if (left === 0) ready.push(reader)
    }
  }
  if (order.length < needed.size) throw new ImportError('expected a model without cycles')
  return order
}

/** The layers that read each layer, as often as they do. */
const readersIn = (nodes: readonly GraphNode[]): ReadonlyMap<string, readonly GraphNode[]> => {
  const readers = new Map<string, GraphNode[]>()
  for (const node of nodes)
    for (const input of node.inputs) {
      const reading = readers.get(input) ?? []
      reading.push(node)
      readers.set(input, reading)
    }
  return readers
}

/** The only output of a model. Throws {@link ImportError} where there are others. */
export const theOutput = (outputs: readonly string[]): string => {
  const [output] = outputs
  if (output === undefined || outputs.length > 1)
    throw new ImportError(
      `expected a model with one output, it has ${outputs.length} (${outputs.join(', ')}); say which layer to stop at with until`,
    )
  return output
}

const theInput = (needed: ReadonlyMap<string, GraphNode>, advice: string): GraphNode => {
  const found = [...needed.values()].filter(({ inputs }) => inputs.length === 0)
  const [input] = found
  if (input?.type !== 'InputLayer' || found.length > 1)
    throw new ImportError(
      `expected a model with one input, got ${found.map(({ name }) => name).join(', ') || 'none'}; ${advice}`,
    )
  return input
}

const ancestors = (
  nodes: ReadonlyMap<string, GraphNode>,
  resolve: (name: string) => string,
  output: string,
): ReadonlyMap<string, GraphNode> => {
  const found = new Map<string, GraphNode>()
  const waiting = [output]
  let edges = 0
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue
    const node = nodes.get(name)
    if (node === undefined) throw new ImportError(`expected a layer called ${shown(name)}: another one reads it`)
    const inputs = node.inputs.map(resolve)
    edges += inputs.length
    if (edges > largestEdgeCount) throw new ImportError(`expected layers that read at most ${largestEdgeCount} others`)
    found.set(name, { ...node, inputs })
    waiting.push(...inputs)
  }
  return found
}

/**
 * For each layer, given by its place in the order, the last one that everything from the input to it passes; the input's
 * is itself.
 *
 * References:
 *   Cooper, Harvey & Kennedy, "A simple, fast dominance algorithm", Rice University TR-06-33870, 2001, §3, https://hdl.handle.net/1911/96345
 */
export const dominators = (order: readonly GraphNode[]): readonly number[] => {
  const places = new Map(order.map(({ name }, i) => [name, i]))
  const found: number[] = []
  for (const [i, { inputs }] of order.entries()) {
    const [first = i, ...rest] = inputs.map((name) => places.get(name) ?? 0)
    found.push(rest.reduce((a, b) => meet(found, a, b), first))
  }
  return found
}

const meet = (dominator: readonly number[], first: number, second: number): number => {
  let [a, b] = [first, second]
  while (a !== b) {
    if (a > b) a = dominator[a] ?? 0
    else b = dominator[b] ?? 0
  }
  return a
}
