import { ImportError } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import type { DescribedModel, OpenGraph } from '../described-model.ts'
import { inSeries } from '../layers-model/blocks.ts'
import { isSize } from '../layers-model/fields.ts'
import type { GraphNode } from '../layers-model/graph.ts'
import { inOrder, theOutput } from '../layers-model/order.ts'
import { checkSize } from '../layers-model/translate.ts'
import { shown } from '../shown.ts'
import { constantFinder, constantNames } from './constants.ts'
import { refuseNode } from './context.ts'
import { movedTo, regrouped } from './moves.ts'
import { adviceOn, withFixed } from './fixed-inputs.ts'
import { inputOrder } from './input-order.ts'
import { simplified } from './simplify.ts'
import type { OnnxInput, OnnxNode, OnnxTables } from './tables.ts'
import { translateNode, type OnnxStep } from './translate.ts'
import { axesInMemory, batch, freshValue, type Value } from './value.ts'

/** The facts of a graph that are known before any of its values is. */
interface Reading {
  readonly tables: OnnxTables
  readonly isConstant: (name: string) => boolean
  /** The nodes that examples change, and the inputs, by the names of the graph's layers. */
  readonly nodes: ReadonlyMap<string, GraphNode>
  readonly onnx: ReadonlyMap<string, OnnxNode>
  /** The layer that gives a value, or that goes by a name. */
  readonly resolve: (name: string) => string
  readonly use: (name: string) => void
}

/** A model of ONNX as a graph of layers. */
export const describedOnnx = (tables: OnnxTables, facts: DescribedModel['facts']): DescribedModel =>
  described(
    readingOf(simplified(tables), () => undefined),
    tables,
    facts,
  )

const described = (reading: Reading, tables: OnnxTables, facts: DescribedModel['facts']): DescribedModel => ({
  title: `ONNX ${reading.tables.name || 'model'}`,
  get input() {
    return knownInput(reading.tables)
  },
  weights: [...reading.tables.constants.values()],
  facts: { ...facts, 'batch normalisation': 'by the epsilon of each node, folded into the convolution before it' },
  graph: (until) => graphOf(reading, until),
  watched: (use) => described({ ...reading, use }, tables, facts),
  fixing: (numbers) => {
    const said = Object.entries(numbers).map(([name, number]) => `${name}: ${number}`)
    return describedOnnx(withFixed(tables, numbers), { ...facts, 'inputs that are always': said.join(', ') })
  },
})

const readingOf = (tables: OnnxTables, use: Reading['use']): Reading => {
  const constant = constantNames(tables)
  const isConstant = (name: string): boolean => constant.has(name)
  const aliases = new Map<string, string>()
  const onnx = new Map<string, OnnxNode>()
  const nodes = new Map(tables.inputs.map((input) => [input.name, inputNode(input)]))
  for (const node of tables.nodes) {
    if (node.outputs.every(isConstant)) continue
    for (const [place, output] of node.outputs.entries()) {
      const layer = place === 0 ? node.name : `${node.name}:${place}`
      if (nodes.has(layer))
        throw new ImportError(`expected nodes with names of their own, two are called ${shown(layer)}`)
      const inputs = node.inputs.filter((name) => !isConstant(name))
      nodes.set(layer, {
        ...layerNode(layer, place === 0 ? node.op : `${node.op}:${place}`),
        config: node.config,
        inputs,
      })
      onnx.set(layer, node)
      if (output !== layer) aliases.set(output, layer)
    }
  }
  return { tables, isConstant, nodes, onnx, use, resolve: (name) => aliases.get(name) ?? name }
}

const layerNode = (name: string, type: string) => ({ name, scope: [], own: name, type })

const inputNode = ({ name }: OnnxInput): GraphNode => ({
  ...layerNode(name, 'InputLayer'),
  ...{ inputs: [], config: { place: `input ${name}`, values: {} } },
})

const graphOf = (reading: Reading, until: string | undefined): OpenGraph => {
  const { tables, nodes, resolve } = reading
  const output = resolve(until ?? theOutput(tables.outputs))
  if (!nodes.has(output))
    throw new ImportError(
      `expected until to be a node of the model that examples change, got ${shown(until ?? output)}`,
    )
  const ordered = inOrder(nodes, resolve, output, adviceOn(tables))
  return { nodes: ordered, resolve, steps: (input) => stepsOf(reading, ordered, input) }
}

const stepsOf = (reading: Reading, nodes: readonly GraphNode[], input: Shape | undefined): readonly OnnxStep[] => {
  const { tables, isConstant, use, resolve, onnx } = reading
  const values = new Map<string, Value>()
  const valueOf = (name: string): Value | undefined => values.get(resolve(name))
  const constant = constantFinder({ tables, valueOf, use })
  const batchSize = batchOf(tables)
  return nodes.map((node) => {
    const read = node.inputs.map((name) => values.get(name))
    const [value] = read
    const source = onnx.get(node.name)
    for (const name of source?.absorbed ?? []) if (tables.constants.has(name)) use(name)
    const step =
      value === undefined || source === undefined
        ? { parts: [], value: inputValue(tables, node.name, input) }
        : translateNode({
            ...{ op: node.type, config: node.config, opset: tables.opset, batchSize, value },
            values: read.flatMap((one) => one ?? []),
            count: source.inputs.length,
            output: Number(node.type.split(':')[1] ?? 0),
            outputs: source.outputs.length,
            input: (place) => {
              const name = source.inputs[place] ?? ''
              return name === '' ? undefined : constantAt(constant, name, node)
            },
            isValue: (place) => !isConstant(source.inputs[place] ?? ''),
          })
    values.set(node.name, step.value)
    return node === nodes.at(-1) ? inAxisOrder(step) : step
  })
}

/** The last step, with the numbers along each axis of what the model gives in the order of ONNX. */
const inAxisOrder = ({ parts, join, value }: OnnxStep): OnnxStep => {
  const groups = axesInMemory(value).map((axis) => (value.axes[axis] ?? []).filter((factor) => factor !== batch))
  const ordered = regrouped(value, groups)
  const isOrdered = groups.flat().every((factor, i) => factor === value.order[i])
  if (ordered === undefined || isOrdered) return { parts, value, ...(join && { join }) }
  const moved = movedTo(value, ordered)
  return { parts: [...parts, ...moved], value: ordered, ...(join && { join: (paths) => inSeries([join(paths), ...moved]) }) } // prettier-ignore
}

const constantAt = (constant: ReturnType<typeof constantFinder>, name: string, { config }: GraphNode) => {
  try {
    return constant(name)
  } catch (cause) {
    if (cause instanceof ImportError && !cause.message.startsWith('node ')) return refuseNode({ config }, cause.message)
    throw cause
  }
}

const theInput = ({ inputs }: OnnxTables, name: string): OnnxInput => {
  const found = inputs.find((one) => one.name === name)
  if (found === undefined) throw new ImportError(`expected an input called ${shown(name)}`)
  return found
}

/** The sizes of an input's axes as they lie in our tensors, without the batch, and the order of the axes. */
const placesOf = (tables: OnnxTables, { name, sizes }: OnnxInput) => {
  const order = inputOrder(tables, name, sizes)
  return { order, sizes: order.slice(1).map((axis) => sizes[axis]) }
}

const inputValue = (tables: OnnxTables, name: string, wanted: Shape | undefined): Value => {
  const input = theInput(tables, name)
  const { order, sizes } = placesOf(tables, input)
  const shape = wanted ?? sizes
  const isKnown =
    shape.length === sizes.length && shape.length > 0 && shape.every((size): size is number => isSize(size))
  if (!isKnown)
    throw new ImportError(
      `input ${shown(name)}: expected to know the shape of an example, got [${shape.map((size) => size ?? '?').join(', ')}] for ${sizes.length} axes; say it with input`,
    )
  checkSize(`input ${name}`, shape)
  const logical = input.sizes.map((_, axis) => (axis === order[0] ? NaN : (shape[order.indexOf(axis) - 1] ?? 1)))
  return freshValue(logical, order.slice(1), input.type.includes('int') ? 'tokens' : 'input')
}

/** The number of examples that the input says, where the model has one input and says it. */
const batchOf = (tables: OnnxTables): number | undefined => {
  const [input] = tables.inputs
  return input?.sizes[placesOf(tables, input).order[0] ?? 0]
}

const knownInput = (tables: OnnxTables): Shape | undefined => {
  const [input, ...others] = tables.inputs
  if (input === undefined || others.length > 0) return undefined
  const { sizes } = placesOf(tables, input)
  return sizes.length > 0 && sizes.every((size) => size !== undefined) ? sizes : undefined
}
