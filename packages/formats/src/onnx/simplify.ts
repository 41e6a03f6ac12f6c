import { attention } from './attention-pattern.ts'
import { valueAt } from '../layers-model/fields.ts'
import { countOf } from '../stored-tensor.ts'
import { besideNumber, eitherWay, inPlace, near, rewritten, type Pattern, type Patterns } from './patterns.ts'
import type { OnnxNode, OnnxTables } from './tables.ts'

/** A chain of products as its number and the values in it, with the nodes that it is made of. */
interface Factors {
  readonly number: number
  readonly values: readonly string[]
  readonly nodes: readonly OnnxNode[]
}

const factorsOf = (node: OnnxNode, patterns: Patterns, depth = 0): Factors => {
  let number = 1
  const values: string[] = []
  const nodes = [node]
  for (const input of node.inputs) {
    const scale = patterns.number(input)
    const below = depth < 3 ? patterns.inner(input, 'Mul') : undefined
    const found = below && factorsOf(below, patterns, depth + 1)
    number *= scale ?? found?.number ?? 1
    if (found !== undefined) {
      values.push(...found.values)
      nodes.push(...found.nodes)
    } else if (scale === undefined) values.push(input)
  }
  return { number, values, nodes }
}

/** The nodes of `1 + erf(x / √2)`; undefined if a value is none of them. */
const erfOf = (x: string, name: string, patterns: Patterns): readonly OnnxNode[] | undefined => {
  const added = patterns.inner(name, 'Add')
  const erf = patterns.inner(besideNumber(added, patterns, 1), 'Erf')
  const scaled = patterns.inner(erf?.inputs[0], 'Div', 'Mul')
  if (added === undefined || erf === undefined || scaled === undefined) return undefined
  const [top, bottom] = scaled.inputs
  const isScaled =
    scaled.op === 'Div'
      ? top === x && near(patterns.number(bottom), Math.SQRT2)
      : besideNumber(scaled, patterns, Math.SQRT1_2) === x
  return isScaled ? [added, erf, scaled] : undefined
}

/** `x · 0.5 · (1 + erf(x / √2))`, its factors in any order. */
const gelu: Pattern = (last, patterns) => {
  if (last.op !== 'Mul') return undefined
  const { number, values, nodes } = factorsOf(last, patterns)
  if (values.length !== 2 || !near(number, 0.5)) return undefined
  for (const [x, other] of eitherWay({ ...last, inputs: values })) {
    const found = erfOf(x, other, patterns)
    if (found !== undefined) return inPlace('Gelu', [x], [last, ...nodes, ...found])
  }
  return undefined
}

/** Tells whether a constant is one number for each output of constant weights. */
const isBias = ({ constants }: OnnxTables, bias: string, weights: string | undefined): boolean => {
  const [, units, ...more] = constants.get(weights ?? '')?.shape ?? []
  const shape = constants.get(bias)?.shape ?? []
  return more.length === 0 && shape.length <= 2 && shape.at(-1) === units && countOf(shape) === units
}

/** A product with constants and the sum with a constant that follows it: one dense map. */
const biased: Pattern = (last, patterns) => {
  if (last.op !== 'Add') return undefined
  for (const [value, bias] of eitherWay(last)) {
    const product = patterns.inner(value, 'MatMul')
    if (product !== undefined && isBias(patterns.tables, bias, product.inputs[1]))
      return inPlace('MatMul', [...product.inputs, bias], [last, product])
  }
  return undefined
}

/** The value of which another is `x - mean(x)` over the last axis. */
const centredOf = (name: string | undefined, patterns: Patterns): string | undefined => {
  const centred = patterns.maker(name)
  const [x, middle] = centred?.op === 'Sub' ? centred.inputs : []
  const mean = patterns.inner(middle, 'ReduceMean')
  return mean?.inputs[0] === x && isOverLast(mean, patterns) ? x : undefined
}

const isOverLast = (mean: OnnxNode | undefined, { tables, number }: Patterns): boolean => {
  if (mean === undefined) return false
  const [, named = ''] = mean.inputs
  const axes = tables.constants.has(named) ? [number(named)] : valueAt(mean.config, 'axes')
  return JSON.stringify(axes) === '[-1]' && (valueAt(mean.config, 'keepdims') ?? 1) === 1
}

const isSquare = ({ op, inputs: [base, exponent] }: OnnxNode, of: string | undefined, { number }: Patterns): boolean =>
  base === of && (op === 'Pow' ? near(number(exponent), 2) : exponent === of)

/** The mean of a square over the last axis and the small number that is added to it. */
const varianceOf = (added: OnnxNode, centred: string | undefined, patterns: Patterns) => {
  for (const [value, constant] of eitherWay(added)) {
    const [mean, epsilon] = [patterns.inner(value, 'ReduceMean'), patterns.number(constant)]
    const squared = patterns.inner(mean?.inputs[0], 'Pow', 'Mul')
    const isWhole = isOverLast(mean, patterns) && squared !== undefined && isSquare(squared, centred, patterns)
    if (mean !== undefined && epsilon !== undefined && isWhole) return { nodes: [added, mean, squared], epsilon }
  }
  return undefined
}

/** `(x - mean) / √(mean((x - mean)²) + epsilon)` over the last axis, as it is written before opset 17. */
const standardised: Pattern = (last, patterns) => {
  const [centred, bottom] = last.op === 'Div' ? last.inputs : []
  const root = patterns.inner(bottom, 'Sqrt')
  const added = patterns.inner(root?.inputs[0], 'Add')
  const x = centredOf(centred, patterns)
  if (root === undefined || added === undefined || x === undefined) return undefined
  const variance = varianceOf(added, centred, patterns)
  if (variance === undefined) return undefined
  return inPlace('LayerNormalization', [x], [last, root, ...variance.nodes], { axis: -1, epsilon: variance.epsilon })
}

/** `scale · x + shift` after a normalisation that has neither yet. */
const rescaled: Pattern = (last, patterns) => {
  const wanted = ['', 'Mul', 'Add'].indexOf(last.op)
  const isVector = (name: string): boolean => {
    const shape = patterns.tables.constants.get(name)?.shape ?? []
    return shape.length === 1 && countOf(shape) > 1
  }
  if (wanted < 1) return undefined
  for (const [value, constant] of eitherWay(last)) {
    const norm = patterns.inner(value, 'LayerNormalization')
    if (norm?.inputs.length === wanted && isVector(constant))
      return inPlace('LayerNormalization', [...norm.inputs, constant], [last, norm], norm.config.values)
  }
  return undefined
}

/** The same graph without nodes that give a constant another name. */
const withoutCopies = (tables: OnnxTables): OnnxTables => {
  const names = new Map<string, string>()
  const nameOf = (name: string): string => names.get(name) ?? name
  const isCopy = ({ op, inputs: [input = ''], outputs: [output = ''] }: OnnxNode): boolean => {
    const found = op === 'Identity' && tables.constants.has(nameOf(input)) && !tables.outputs.includes(output)
    if (found) names.set(output, nameOf(input))
    return found
  }
  const nodes = tables.nodes.filter((node) => !isCopy(node))
  return { ...tables, nodes: nodes.map((node) => ({ ...node, inputs: node.inputs.map(nameOf) })) }
}

/** The same graph with operators of ours in place of what exporters spell out. */
export const simplified = (tables: OnnxTables): OnnxTables =>
  [gelu, biased, standardised, rescaled, rescaled, attention].reduce(rewritten, withoutCopies(tables))
