import { inPlace, type Pattern, type Patterns } from './patterns.ts'
import { valueAt } from '../layers-model/fields.ts'
import type { OnnxNode } from './tables.ts'

/** What is done on the way to a value by constants: an operator and the names of its constants. */
interface Way {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly scales: readonly Constant[]
  readonly masks: readonly Constant[]
}

interface Constant {
  readonly op: string
  readonly names: readonly string[]
}

/** More nodes one after another than any exporter writes. */
const longest = 8

const passing: ReadonlySet<string> = new Set(['Cast', 'Dropout', 'Identity'])

/** Goes back from a value over what `step` knows. */
const back = (name: string, patterns: Patterns, step: (node: OnnxNode, way: Way) => Way | undefined): Way => {
  let way: Way = { name, nodes: [], scales: [], masks: [] }
  for (let i = 0; i < longest; i++) {
    const node = patterns.maker(way.name)
    const next = node === undefined ? undefined : (passed(node, way, patterns) ?? step(node, way))
    if (node === undefined || next === undefined) break
    way = { ...next, nodes: [...way.nodes, node] }
  }
  return way
}

const passed = (node: OnnxNode, way: Way, { isConstant }: Patterns): Way | undefined => {
  const [input = ''] = node.inputs
  return passing.has(node.op) && !isConstant(input) ? { ...way, name: input } : undefined
}

/** A product with a constant, or a quotient by one. */
const scaled =
  (patterns: Patterns) =>
  ({ op, inputs: [a = '', b = ''] }: OnnxNode, way: Way): Way | undefined => {
    const [x, constant] = patterns.isConstant(b) || op === 'Div' ? [a, b] : [b, a]
    if (!['Mul', 'Div'].includes(op) || !patterns.isConstant(constant) || patterns.isConstant(x)) return undefined
    return { ...way, name: x, scales: [...way.scales, { op, names: [constant] }] }
  }

/** The same, or a mask: a constant that is added, or one that chooses between scores and a constant. */
const scaledOrMasked =
  (patterns: Patterns) =>
  (node: OnnxNode, way: Way): Way | undefined => {
    const [first = '', second = '', third = ''] = node.inputs
    const { isConstant } = patterns
    if (node.op === 'Add' && isConstant(first) !== isConstant(second)) {
      const [x, mask] = isConstant(first) ? [second, first] : [first, second]
      return { ...way, name: x, masks: [...way.masks, { op: 'Add', names: [mask] }] }
    }
    if (node.op === 'Where' && isConstant(first) && isConstant(second) !== isConstant(third)) {
      const [op, x] = isConstant(third) ? ['Where', second] : ['WhereNot', third]
      return { ...way, name: x, masks: [...way.masks, { op, names: [first] }] }
    }
    return scaled(patterns)(node, way)
  }

/** Weights in which what is no number, a step that reads none, becomes a constant. */
const withoutNaN =
  ({ maker, isConstant }: Patterns) =>
  ({ op, inputs: [condition = '', constant = '', weights = ''] }: OnnxNode, way: Way): Way | undefined => {
    const test = maker(condition)
    const isTest = op === 'Where' && test?.op === 'IsNaN' && test.inputs[0] === weights
    return isTest && isConstant(constant) ? { ...way, name: weights } : undefined
  }

const valuesAt = ({ config }: OnnxNode, name: string): Readonly<Record<string, unknown>> => {
  const value = valueAt(config, name)
  return value === undefined ? {} : { [name]: value }
}

/**
 * `softmax(scale · q · kᵀ + mask) · v` as one node that reads queries, keys with their last two axes turned, and values; then the
 * constants of the scale and of the mask.
 */
export const attention: Pattern = (last, patterns) => {
  const [weights = '', v = ''] = last.inputs
  if (last.op !== 'MatMul' || last.inputs.length !== 2 || patterns.isConstant(v)) return undefined
  const beforeWeights = back(weights, patterns, withoutNaN(patterns))
  const softmax = patterns.maker(beforeWeights.name)
  if (softmax?.op !== 'Softmax') return undefined
  const scores = back(softmax.inputs[0] ?? '', patterns, scaledOrMasked(patterns))
  const product = patterns.maker(scores.name)
  const [q = '', k = ''] = product?.inputs ?? []
  if (product?.op !== 'MatMul' || product.inputs.length !== 2 || patterns.isConstant(q) || patterns.isConstant(k))
    return undefined
  const [queries, keys] = [back(q, patterns, scaled(patterns)), back(k, patterns, scaled(patterns))]
  const scales = [...scores.scales, ...queries.scales, ...keys.scales]
  const constants = [...scales, ...scores.masks]
  const found = inPlace(
    'Attention',
    [queries.name, keys.name, v, ...constants.flatMap(({ names }) => names)],
    [last, softmax, product, ...[beforeWeights, scores, queries, keys].flatMap(({ nodes }) => nodes)],
    { by: constants.map(({ op }) => op), scales: scales.length, ...valuesAt(softmax, 'axis') },
  )
  // Others may read the scores and the weights; what nobody reads is left out by itself.
  return { node: found.node, taken: [last] }
}
