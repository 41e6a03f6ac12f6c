import { ImportError } from '@ptu/networks'

import type { Fields } from '../layers-model/fields.ts'
import { shown } from '../shown.ts'
import type { StoredTensor } from '../stored-tensor.ts'
import { numbersTensor } from './computed.ts'
import { graphOf, opsetOf } from './decode-model.ts'
import type { AttributeProto, ModelProto, NodeProto, ValueInfoProto } from './generated/onnx_pb.ts'
import { AttributeProto_AttributeType as Type } from './generated/onnx_pb.ts'
import { tensorOf, typeName, type ExternalFiles } from './tensors.ts'

/** A node of a graph: an operator, what it reads and what it gives. */
export interface OnnxNode {
  /** Its own name where no other node has it, else that of its first output. */
  readonly name: string
  readonly op: string
  /** The names of what it reads; an empty name stands for an input that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Its attributes, numbers and lists as they are; tensors are in `tensors`. */
  readonly config: Fields
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** The values that were read by the nodes that it stands for, besides its own inputs. */
  readonly absorbed: readonly string[]
}

/** An input of a graph. */
export interface OnnxInput {
  readonly name: string
  readonly type: string
  /** The size of each axis; undefined where it is left open. */
  readonly sizes: readonly (number | undefined)[]
  /** The name of the size of each axis, which axes of other inputs may have too; empty where it has none. */
  readonly symbols: readonly string[]
}

/** An input all of whose numbers are always one. */
export interface FixedInput {
  readonly input: OnnxInput
  readonly number: number
}

/** A model as checked tables. */
export interface OnnxTables {
  readonly name: string
  readonly opset: number
  readonly inputs: readonly OnnxInput[]
  readonly outputs: readonly string[]
  /** The inputs that are always one number, and that number. */
  readonly fixed: ReadonlyMap<string, FixedInput>
  /** Each node after those that it reads. */
  readonly nodes: readonly OnnxNode[]
  /** The tensors of initialisers and `Constant` nodes by their names. */
  readonly constants: ReadonlyMap<string, StoredTensor>
}

/** More is refused before it costs time. */
const mostNodes = 50_000
const mostAxes = 16

/** Reads the tables of a model. Throws `ImportError`, which names the node or the tensor that is wrong. */
export const readTables = (model: ModelProto, external: ExternalFiles): OnnxTables => {
  const graph = graphOf(model)
  const opset = opsetOf(model)
  if (graph.node.length > mostNodes) throw new ImportError(`expected at most ${mostNodes} nodes, got ${graph.node.length}`) // prettier-ignore
  const initialisers = new Map(graph.initializer.map((one) => [one.name, tensorOf(one, one.name, external)]))
  if (initialisers.size < graph.initializer.length)
    throw new ImportError('expected initialisers with names of their own')
  const nodes = named(graph.node, external)
  const constants = new Map([...initialisers, ...nodes.flatMap(constantIn)])
  const inputs = graph.input.filter(({ name }) => !initialisers.has(name)).map(inputOf)
  checkOrder(nodes, [...inputs.map(({ name }) => name), ...initialisers.keys()])
  return {
    ...{ name: graph.name, opset, inputs, constants, fixed: new Map<string, FixedInput>() },
    outputs: graph.output.map(({ name }) => name),
    nodes: nodes.filter(({ op }) => op !== 'Constant'),
  }
}

/** Throws for a name that two values have, and for a node that reads what no earlier one gives: a graph has no cycles. */
const checkOrder = (nodes: readonly OnnxNode[], given: readonly string[]): void => {
  const known = new Set(given)
  for (const { config, inputs, outputs } of nodes) {
    const missing = inputs.find((input) => input !== '' && !known.has(input))
    if (missing !== undefined)
      throw new ImportError(`${config.place}: expected to read what an input, an initialiser or an earlier node gives, got ${shown(missing)}`) // prettier-ignore
    for (const output of outputs.filter((one) => one !== '')) {
      if (known.has(output)) throw new ImportError(`${config.place}: expected outputs with names of their own, ${shown(output)} is another's`) // prettier-ignore
      known.add(output)
    }
  }
}

const named = (nodes: readonly NodeProto[], external: ExternalFiles): readonly OnnxNode[] => {
  const counts = new Map<string, number>()
  for (const { name } of nodes) counts.set(name, (counts.get(name) ?? 0) + 1)
  return nodes.map((node) => {
    const [output = ''] = node.output
    const own = node.name !== '' && counts.get(node.name) === 1 ? node.name : output
    const op = node.domain === '' || node.domain === 'ai.onnx' ? node.opType : `${node.domain}.${node.opType}`
    return {
      ...{ name: own, op, inputs: node.input, outputs: node.output, absorbed: [] },
      ...attributesOf(node, own, op, external),
    }
  })
}

const attributesOf = (
  { attribute, output: [output = ''] }: NodeProto,
  name: string,
  op: string,
  external: ExternalFiles,
): Pick<OnnxNode, 'config' | 'tensors'> => {
  const tensors = new Map(attribute.flatMap(({ name: own, t }) => (t ? [[own, tensorOf(t, output, external)] as const] : []))) // prettier-ignore
  const values = Object.fromEntries(attribute.map((one) => [one.name, plainOf(one)]))
  return { tensors, config: { place: `node ${name.slice(0, 200)} (${op.slice(0, 100)})`, values } }
}

/** The values of attributes as plain numbers, texts and lists of them; tensors and graphs as the name of their kind. */
const plainOf = ({ type, f, i, s, floats, ints, strings }: AttributeProto): unknown => {
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes.subarray(0, 1000))
  const plain: Readonly<Partial<Record<number, unknown>>> = {
    ...{ [Type.FLOAT]: f, [Type.FLOATS]: floats, [Type.INT]: Number(i), [Type.INTS]: ints.map(Number) },
    ...{ [Type.STRING]: text(s), [Type.STRINGS]: strings.map(text) },
  }
  return plain[type] ?? `an attribute of kind ${type}`
}

/** The tensor of a `Constant` node under the name of its output. */
const constantIn = ({ op, outputs, config, tensors }: OnnxNode): readonly (readonly [string, StoredTensor])[] => {
  if (op !== 'Constant') return []
  const [output = ''] = outputs
  const found = tensors.get('value') ?? constantOf(config, output)
  return [[output, found]]
}

const constantOf = (config: Fields, name: string): StoredTensor => {
  const [kind = '', value] = Object.entries(config.values)[0] ?? []
  const numbers = [value].flat().filter((one) => typeof one === 'number')
  if (!/^value_(int|float)s?$/.test(kind))
    throw new ImportError(`${config.place}: expected a constant of numbers, got ${shown(kind)}`)
  return numbersTensor(name, kind.endsWith('s') ? [numbers.length] : [], numbers)
}

const inputOf = ({ name, type }: ValueInfoProto): OnnxInput => {
  if (type?.value.case !== 'tensorType' || type.value.value.shape === undefined)
    throw new ImportError(`input ${shown(name)}: expected a tensor with a known number of axes`)
  const { elemType, shape } = type.value.value
  if (shape.dim.length > mostAxes) throw new ImportError(`input ${shown(name)}: expected at most ${mostAxes} axes, got ${shape.dim.length}`) // prettier-ignore
  const sizes = shape.dim.map(({ value }) => (value.case === 'dimValue' && value.value > 0n ? Number(value.value) : undefined)) // prettier-ignore
  const symbols = shape.dim.map(({ value }) => (value.case === 'dimParam' ? value.value : ''))
  return { name, type: typeName(elemType), sizes, symbols }
}
