import { valueAt } from '../layers-model/fields.ts'
import { countOf } from '../stored-tensor.ts'
import type { OnnxNode, OnnxTables } from './tables.ts'

/** A graph to look for patterns in. */
interface Patterns {
  readonly tables: OnnxTables
  /** The node that gives a value. */
  readonly maker: (name: string) => OnnxNode | undefined
  /** The node that alone reads a value which is no output of the model. */
  readonly reader: (name: string) => OnnxNode | undefined
  /** The one number of a constant. */
  readonly number: (name: string) => number | undefined
}

/** A node in place of several. */
interface Match {
  readonly node: OnnxNode
  readonly taken: readonly OnnxNode[]
}

type Pattern = (last: OnnxNode, patterns: Patterns) => Match | undefined

const near = (found: number | undefined, wanted: number): boolean =>
  found !== undefined && Math.abs(found - wanted) <= 1e-3 * Math.abs(wanted)

/** The node of an operator that gives a value which only one other node reads. */
const inner = ({ maker, reader }: Patterns, name: string, op: string): OnnxNode | undefined => {
  const found = maker(name)
  return found?.op === op && reader(name) !== undefined ? found : undefined
}

/** The other input of a node with two, where one is a number near `wanted`. */
const besideNumber = ({ inputs }: OnnxNode, { number }: Patterns, wanted: number): string | undefined => {
  const [a = '', b = ''] = inputs
  if (near(number(b), wanted)) return a
  return near(number(a), wanted) ? b : undefined
}

/** A chain of products as its number and the values in it, with the nodes that it is made of. */
const factorsOf = (node: OnnxNode, patterns: Patterns, depth = 0): { readonly number: number; readonly values: readonly string[]; readonly nodes: readonly OnnxNode[] } => {
  let number = 1
  const values: string[] = []
  const nodes = [node]
  for (const input of node.inputs) {
    const scale = patterns.number(input)
    const below = depth < 3 ? inner(patterns, input, 'Mul') : undefined
    if (scale !== undefined) number *= scale
    else if (below === undefined) values.push(input)
    else {
      const found = factorsOf(below, patterns, depth + 1)
      number *= found.number
      values.push(...found.values)
      nodes.push(...found.nodes)
    }
  }
  return { number, values, nodes }
}

/** `x · 0.5 · (1 + erf(x / √2))`, its factors in any order. */
const gelu: Pattern = (last, patterns) => {
  if (last.op !== 'Mul') return undefined
  const { number, values, nodes } = factorsOf(last, patterns)
  if (values.length !== 2 || !near(number, 0.5)) return undefined
  for (const [x = '', other = ''] of [values, values.toReversed()]) {
    const added = inner(patterns, other, 'Add')
    const erf = added && inner(patterns, besideNumber(added, patterns, 1) ?? '', 'Erf')
    const scaled = erf && (inner(patterns, erf.inputs[0] ?? '', 'Div') ?? inner(patterns, erf.inputs[0] ?? '', 'Mul'))
    if (scaled === undefined || added === undefined || erf === undefined) continue
    const isDivision = scaled.op === 'Div' && scaled.inputs[0] === x && near(patterns.number(scaled.inputs[1] ?? ''), Math.SQRT2)
    const isProduct = scaled.op === 'Mul' && besideNumber(scaled, patterns, Math.SQRT1_2) === x
    if (isDivision || isProduct) return inPlace('Gelu', [x], [last, ...nodes, added, erf, scaled])
  }
  return undefined
}

/** A node of an operator in place of the first of some nodes, of which the others go. */
const inPlace = (
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

/** A product with constants and the sum with a constant that follows it: one dense map. */
const biased: Pattern = (last, patterns) => {
  if (last.op !== 'Add') return undefined
  for (const [value = '', bias = ''] of [last.inputs, last.inputs.toReversed()]) {
    const product = inner(patterns, value, 'MatMul')
    const weights = patterns.tables.constants.get(product?.inputs[1] ?? '')
    const added = patterns.tables.constants.get(bias)
    const units = weights?.shape[1]
    const isBias = added !== undefined && added.shape.at(-1) === units && countOf(added.shape) === units
    if (product !== undefined && weights?.shape.length === 2 && isBias && added.shape.length <= 2)
      return inPlace('MatMul', [...product.inputs, bias], [last, product])
  }
  return undefined
}

/** `(x - mean) / √(mean((x - mean)²) + epsilon)` over the last axis, as it is written before opset 17. */
const standardised: Pattern = (last, patterns) => {
  if (last.op !== 'Div') return undefined
  const [top = '', bottom = ''] = last.inputs
  const [centred, root] = [patterns.maker(top), inner(patterns, bottom, 'Sqrt')]
  const added = root && inner(patterns, root.inputs[0] ?? '', 'Add')
  const epsilon = added && (patterns.number(added.inputs[1] ?? '') ?? patterns.number(added.inputs[0] ?? ''))
  const mean = added && (inner(patterns, added.inputs[0] ?? '', 'ReduceMean') ?? inner(patterns, added.inputs[1] ?? '', 'ReduceMean'))
  const squared = mean && (inner(patterns, mean.inputs[0] ?? '', 'Pow') ?? inner(patterns, mean.inputs[0] ?? '', 'Mul'))
  if (root === undefined || added === undefined || mean === undefined || squared === undefined) return undefined
  if (centred?.op !== 'Sub' || epsilon === undefined) return undefined
  const [base = '', exponent = ''] = squared.inputs
  const isSquare = base === top && (squared.op === 'Pow' ? near(patterns.number(exponent), 2) : exponent === top)
  const [x = '', middle = ''] = centred.inputs
  const centre = inner(patterns, middle, 'ReduceMean')
  if (!isSquare || centre?.inputs[0] !== x || !isOverLast(centre, patterns) || !isOverLast(mean, patterns)) return undefined
  return inPlace('LayerNormalization', [x], [last, root, added, mean, squared], { axis: -1, epsilon })
}

const isOverLast = ({ config, inputs }: OnnxNode, { tables, number }: Patterns): boolean => {
  const axes = tables.constants.has(inputs[1] ?? '') ? [number(inputs[1] ?? '')] : valueAt(config, 'axes')
  return String(axes) === '-1' && (valueAt(config, 'keepdims') ?? 1) === 1
}

/** `scale · x + shift` after a normalisation that has neither yet. */
const rescaled: Pattern = (last, patterns) => {
  if (last.op !== 'Add' && last.op !== 'Mul') return undefined
  const isShift = last.op === 'Add'
  for (const [value = '', constant = ''] of [last.inputs, last.inputs.toReversed()]) {
    const norm = inner(patterns, value, 'LayerNormalization')
    const shape = patterns.tables.constants.get(constant)?.shape
    if (norm === undefined || shape?.length !== 1 || shape[0] === 1 || norm.inputs.length !== (isShift ? 2 : 1)) continue
    return inPlace('LayerNormalization', [...norm.inputs, constant], [last, norm], norm.config.values)
  }
  return undefined
}

const patternsOf = (tables: OnnxTables): Patterns => {
  const makers = new Map<string, OnnxNode>()
  const readers = new Map<string, OnnxNode[]>(tables.outputs.map((name) => [name, []]))
  for (const node of tables.nodes) {
    for (const output of node.outputs) makers.set(output, node)
    for (const input of new Set(node.inputs)) {
      const reading = readers.get(input) ?? []
      reading.push(node)
      readers.set(input, reading)
    }
  }
  const outputs = new Set(tables.outputs)
  return {
    tables,
    maker: (name) => makers.get(name),
    reader: (name) => (outputs.has(name) || readers.get(name)?.length !== 1 ? undefined : readers.get(name)?.[0]),
    number: (name) => {
      const found = tables.constants.get(name)
      return found?.refused === undefined && found !== undefined && countOf(found.shape) === 1 ? found.values()[0] : undefined
    },
  }
}

/** The tables with one node in place of the last of each match of a pattern, and without the others of it. */
const rewritten = (tables: OnnxTables, pattern: Pattern): OnnxTables => {
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

/** The same graph with operators of ours in place of what exporters spell out. */
export const simplified = (tables: OnnxTables): OnnxTables =>
  [gelu, biased, standardised, rescaled, rescaled].reduce(rewritten, tables)

