import { create } from '@bufbuild/protobuf'
import type { Shape } from '@ptu/tensor'

import {
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  type NodeProto,
  type TensorProto,
} from '../generated/onnx_pb.ts'
import { attributesOf, type Attributes } from './attribute.ts'

/** Collects the nodes and the constants of a graph. What is there already is not added again: the same name is given. */
export interface GraphBuilder {
  /** True if the number of steps of a sequence is free, and the shapes of values name the most. */
  readonly freeSteps: boolean
  /** Adds an operator and gives the name of its first output. */
  node(operator: string, inputs: readonly string[], attributes?: Attributes, place?: string): string
  /** Adds numbers of 32 bits. */
  floats(values: Float32Array | readonly number[], shape: Shape, name?: string): string
  /** Adds a list of integers of 64 bits. */
  integers(values: readonly (number | bigint)[]): string
  /** Makes a value one of the graph's outputs, under a reserved name. */
  output(value: string, name: string): void
  readonly nodes: readonly NodeProto[]
  readonly constants: readonly TensorProto[]
}

/** Names that do not repeat: one that is taken gets a number. */
const uniqueNames = (): ((wanted: string) => string) => {
  const taken = new Set<string>()
  return (wanted) => {
    let name = wanted
    for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`
    taken.add(name)
    return name
  }
}

/** The bytes of numbers, the lowest first as ONNX wants them. */
const bytesOf = ({ buffer }: Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer)

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/** Keeps each constant once: one of equal bytes and shape gives the name of the first. */
const constantStore = (
  nameOf: (wanted: string) => string,
  constants: TensorProto[],
): ((dataType: number, shape: Shape, rawData: Uint8Array<ArrayBuffer>, wanted: string) => string) => {
  const bySize = new Map<string, TensorProto[]>()
  return (dataType, shape, rawData, wanted) => {
    const size = `${dataType} ${shape.join()}`
    const alike = bySize.get(size) ?? []
    const same = alike.find((one) => isEqual(one.rawData, rawData))
    if (same !== undefined) return same.name
    const added = create(TensorProtoSchema, { name: nameOf(wanted), dataType, dims: shape.map(BigInt), rawData })
    constants.push(added)
    bySize.set(size, [...alike, added])
    return added.name
  }
}

/** Gives a value of nodes another name; a value that no node makes is passed on under that name. */
const renameValue = (nodes: NodeProto[], value: string, name: string): void => {
  if (!nodes.some(({ output }) => output.includes(value))) {
    nodes.push(create(NodeProtoSchema, { name, opType: 'Identity', input: [value], output: [name] }))
    return
  }
  const called = (one: string): string => (one === value ? name : one)
  for (const node of nodes) {
    node.input = node.input.map(called)
    node.output = node.output.map(called)
  }
}

/**
 * A graph without nodes. Equal nodes and equal constants are kept once, so two networks with a common start share it.
 *
 * `reserved` are names that belong to inputs and outputs.
 */
export const graphBuilder = (reserved: readonly string[], freeSteps = false): GraphBuilder => {
  const nameOf = uniqueNames()
  for (const name of reserved) nameOf(name)
  const nodes: NodeProto[] = []
  const constants: TensorProto[] = []
  const made = new Map<string, string>()
  const constant = constantStore(nameOf, constants)
  return {
    freeSteps,
    nodes,
    constants,
    output: (value, name) => {
      renameValue(nodes, value, name)
    },
    floats: (values, shape, name = 'constant') =>
      constant(DataType.FLOAT, shape, bytesOf(Float32Array.from(values)), name),
    integers: (values) =>
      constant(DataType.INT64, [values.length], bytesOf(BigInt64Array.from(values, BigInt)), 'integers'),
    node: (opType, input, attributes = {}, place = '') => {
      const key = JSON.stringify([opType, input, attributes])
      const known = made.get(key)
      if (known !== undefined) return known
      const name = nameOf(place === '' ? opType : `${place}/${opType}`)
      const attribute = attributesOf(attributes)
      nodes.push(create(NodeProtoSchema, { name, opType, input: [...input], output: [name], attribute }))
      made.set(key, name)
      return name
    },
  }
}
