import { inPlace, type Pattern, type Patterns } from './patterns.ts'
import { valueAt } from '../layers-model/fields.ts'
import type { OnnxNode } from './tables.ts'

/** The way back from a value over operators with constants, which scale it or mask it. */
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

/** The way on from a node, if it is of a kind. */
type Step = (node: OnnxNode, way: Way) => Way | undefined

/** More nodes one after another than any exporter writes. */
const longest = 8

const passing: ReadonlySet<string> = new Set(['Cast', 'Dropout', 'Identity'])

/** Goes back from a value over what `step` knows. */
const back = (name: string, patterns: Patterns, step: Step): Way => {
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
  (patterns: Patterns): Step =>
  ({ op, inputs: [a = '', b = ''] }, way) => {
    const [x, constant] = patterns.isConstant(b) || op === 'Div' ? [a, b] : [b, a]
    if (!['Mul', 'Div'].includes(op) || !patterns.isConstant(constant) || patterns.isConstant(x)) return undefined
    return { ...way, name: x, scales: [...way.scales, { op, names: [constant] }] }
  }

/** A mask: a constant that is added. */
const added =
  ({ isConstant }: Patterns): Step =>
  ({ op, inputs: [a = '', b = ''] }, way) => {
    if (op !== 'Add' || isConstant(a) === isConstant(b)) return undefined
    const [x, mask] = isConstant(a) ? [b, a] : [a, b]
    return { ...way, name: x, masks: [...way.masks, { op, names: [mask] }] }
  }

/** A mask: a constant that chooses between scores and a constant. */
const chosen =
  ({ isConstant }: Patterns): Step =>
  ({ op, inputs: [mask = '', a = '', b = ''] }, way) => {
    if (op !== 'Where' || !isConstant(mask) || isConstant(a) === isConstant(b)) return undefined
    const [choice, x] = isConstant(b) ? ['Where', a] : ['WhereNot', b]
    return { ...way, name: x, masks: [...way.masks, { op: choice, names: [mask] }] }
  }

const scaledOrMasked =
  (patterns: Patterns): Step =>
  (node, way) =>
    added(patterns)(node, way) ?? chosen(patterns)(node, way) ?? scaled(patterns)(node, way)

/** Weights in which what is no number, a step that reads none, becomes a constant. */
const withoutNaN =
  ({ maker, isConstant }: Patterns): Step =>
  ({ op, inputs: [condition = '', constant = '', weights = ''] }, way) => {
    const test = maker(condition)
    const isTest = op === 'Where' && test?.op === 'IsNaN' && test.inputs[0] === weights
    return isTest && isConstant(constant) ? { ...way, name: weights } : undefined
  }

const valuesAt = ({ config }: OnnxNode, name: string): Readonly<Record<string, unknown>> => {
  const value = valueAt(config, name)
  return value === undefined ? {} : { [name]: value }
}

/** A product of two values, neither of which is a constant. */
const productOf = (node: OnnxNode | undefined, { isConstant }: Patterns) => {
  const [a = '', b = '', ...more] = node?.inputs ?? []
  return node?.op !== 'MatMul' || more.length > 0 || isConstant(a) || isConstant(b) ? undefined : { node, a, b }
}

/** The products of an attention, its softmax and what lies between them, found backwards from the last. */
const stepsOf = (last: OnnxNode, patterns: Patterns) => {
  const sum = productOf(last, patterns)
  if (sum === undefined) return undefined
  const weights = back(sum.a, patterns, withoutNaN(patterns))
  const softmax = patterns.maker(weights.name)
  if (softmax?.op !== 'Softmax') return undefined
  const scores = back(softmax.inputs[0] ?? '', patterns, scaledOrMasked(patterns))
  const product = productOf(patterns.maker(scores.name), patterns)
  if (product === undefined) return undefined
  const [queries, keys] = [back(product.a, patterns, scaled(patterns)), back(product.b, patterns, scaled(patterns))]
  return { values: sum.b, weights, softmax, scores, product: product.node, queries, keys }
}

/**
 * `softmax(scale · q · kᵀ + mask) · v` as one node that reads queries, keys with their last two axes turned, and values; then the
 * constants of the scale and of the mask.
 */
export const attention: Pattern = (last, patterns) => {
  const steps = stepsOf(last, patterns)
  if (steps === undefined) return undefined
  const { values, weights, softmax, scores, product, queries, keys } = steps
  const scales = [...scores.scales, ...queries.scales, ...keys.scales]
  const constants = [...scales, ...scores.masks]
  const found = inPlace(
    'Attention',
    [queries.name, keys.name, values, ...constants.flatMap(({ names }) => names)],
    [last, softmax, product, ...[weights, scores, queries, keys].flatMap(({ nodes }) => nodes)],
    { by: constants.map(({ op }) => op), scales: scales.length, ...valuesAt(softmax, 'axis') },
  )
  // Others may read the scores and the weights; what nobody reads is left out by itself.
  return { node: found.node, taken: [last] }
}
