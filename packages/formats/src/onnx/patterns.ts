import { countOf } from '../stored-tensor.ts'
import { constantNames } from './constants.ts'
import type { OnnxNode, OnnxTables } from './tables.ts'

/** A graph to look for patterns in. A name that is missing, and a node that is, give nothing. */
export interface Patterns {
  readonly tables: OnnxTables
  /** The node that gives a value. */
  readonly maker: (name: string | undefined) => OnnxNode | undefined
  /** The same if it has one of some operators, and one other node alone reads the value. */
  readonly inner: (name: string | undefined, ...ops: readonly string[]) => OnnxNode | undefined
  /** Tells whether no example changes a value. */
  readonly isConstant: (name: string) => boolean
  /** The one number of a constant. */
  readonly number: (name: string | undefined) => number | undefined
}

/** A node in place of several. */
export interface Match {
  readonly node: OnnxNode
  readonly taken: readonly OnnxNode[]
}

/** Tells whether a node is the last of a pattern; gives what stands for it. */
export type Pattern = (last: OnnxNode, patterns: Patterns) => Match | undefined

/** Tells whether a number of 32 bits is the one that is meant. */
export const near = (found: number | undefined, wanted: number): boolean =>
  found !== undefined && Math.abs(found - wanted) <= 1e-3 * Math.abs(wanted)

/** The other input of a node with two, where one is a number near `wanted`. */
export const besideNumber = (node: OnnxNode | undefined, { number }: Patterns, wanted: number): string | undefined => {
  const [a, b] = node?.inputs ?? []
  if (near(number(b), wanted)) return a
  return near(number(a), wanted) ? b : undefined
}

/** The two inputs of a node in either order. */
export const eitherWay = ({ inputs: [a = '', b = ''] }: OnnxNode): readonly (readonly [string, string])[] => [
  [a, b],
  [b, a],
]

/** A node of an operator in place of the first of some nodes, of which the others go. */
export const inPlace = (
  op: string,
  inputs: readonly string[],
  taken: readonly [OnnxNode, ...OnnxNode[]],
  values: OnnxNode['config']['values'] = {},
): Match => {
  const [last] = taken
  const absorbed = taken.flatMap((node) => [...node.inputs, ...node.absorbed])
  const config = { place: last.config.place.replace(/\([^()]*\)$/, `(${op})`), values }
  return { node: { ...last, op, inputs, absorbed, config }, taken }
}

const patternsOf = (tables: OnnxTables): Patterns => {
  const makers = new Map<string, OnnxNode>()
  const readers = new Map<string, number>()
  const count = (name: string): unknown => readers.set(name, (readers.get(name) ?? 0) + 1)
  for (const node of tables.nodes) {
    for (const output of node.outputs) makers.set(output, node)
    for (const input of new Set(node.inputs)) count(input)
  }
  for (const output of tables.outputs) count(output)
  const constant = constantNames(tables)
  return {
    tables,
    maker: (name = '') => makers.get(name),
    inner: (name = '', ...ops) => {
      const found = makers.get(name)
      return found !== undefined && ops.includes(found.op) && readers.get(name) === 1 ? found : undefined
    },
    isConstant: (name) => constant.has(name),
    number: (name = '') => {
      const found = tables.constants.get(name)
      return found?.refused === undefined && countOf(found?.shape ?? [0]) === 1 ? found?.values()[0] : undefined
    },
  }
}

/** The tables with one node in place of the last of each match of a pattern, and without the others of it. */
export const rewritten = (tables: OnnxTables, pattern: Pattern): OnnxTables => {
  const patterns = patternsOf(tables)
  const replaced = new Map<OnnxNode, OnnxNode>()
  const gone = new Set<OnnxNode>()
  for (const node of tables.nodes) {
    const match = pattern(node, patterns)
    if (match === undefined || match.taken.some((one) => gone.has(one) || replaced.has(one))) continue
    for (const one of match.taken) if (one !== node) gone.add(one)
    replaced.set(node, match.node)
  }
  return { ...tables, nodes: tables.nodes.filter((node) => !gone.has(node)).map((node) => replaced.get(node) ?? node) }
}
