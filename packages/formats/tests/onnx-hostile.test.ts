import { concatBytes, sourceOf } from '@ptu/core'
import '@tensorflow/tfjs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { OnnxReadOptions } from '../src/index.ts'
import { ModelProtoSchema, TensorProto_DataType as Data } from '../src/onnx/generated/onnx_pb.ts'
import { checkMessage } from '../src/onnx/wire.ts'
import { onnxBytes } from './onnx-files.ts'
import { dims, floats, integers, node, outcome, written } from './onnx-graphs.ts'

const varint = (value: bigint): readonly number[] =>
  value < 128n ? [Number(value)] : [Number(value % 128n) + 128, ...varint(value / 128n)]

/** A field of bytes, whose size may be a lie. */
const field = (number: number, content: Uint8Array, size = BigInt(content.length)): Uint8Array =>
  concatBytes([Uint8Array.from([...varint(BigInt(number) * 8n + 2n), ...varint(size)]), content])

const empty = new Uint8Array(0)
const head = Uint8Array.of(8, 8) // ir_version 8
const opset = Uint8Array.of(0x42, 2, 0x10, 17) // opset_import { version: 17 }
const asModel = (graph: Uint8Array): Uint8Array => concatBytes([head, field(7, graph), opset])

/** An attribute that holds a graph with a node that has an attribute, and so on. */
const nested = (levels: number): Uint8Array => {
  let graph: Uint8Array = empty
  for (let level = 0; level < levels; level++) graph = field(1, field(5, field(6, graph)))
  return asModel(graph)
}

const chain = (length: number, op: string, from: string) =>
  Array.from({ length }, (_, i) => node(op, [i === 0 ? from : `v${i - 1}`], `v${i}`))

const big = 2n ** 60n

describe('bytes that claim to be a model of ONNX', () => {
  it.each<readonly [string, () => Uint8Array, string]>([
    ['have messages of 10,000 levels', () => nested(10_000), 'messages at most 64 deep'],
    ['have messages of 40 levels', () => nested(40), 'messages at most 64 deep'],
    ['have a graph of 2⁶⁰ bytes', () => concatBytes([head, opset, field(7, empty, big)]), 'ModelProto.graph: expected a value inside'], // prettier-ignore
    ['have a node of 2⁶⁰ bytes', () => asModel(field(1, empty, big)), 'GraphProto.node: expected a value inside of its message'], // prettier-ignore
    ['have a node that ends after its graph', () => asModel(field(1, empty, 3n)), 'expected a value inside of its message'], // prettier-ignore
    ['have a tensor of 2⁶⁰ bytes', () => asModel(field(5, field(9, empty, big))), 'raw_data: expected a value inside'],
    ['have a number that does not end', () => concatBytes([head, opset, field(7, empty), Uint8Array.of(8, ...Array.from({ length: 12 }, () => 255))]), 'at most 10 bytes'], // prettier-ignore
    ['have a group', () => concatBytes([head, opset, asModel(Uint8Array.of(3 * 8 + 3))]), 'expected'],
    ['have a text where a number is', () => asModel(field(5, field(2, Uint8Array.of(65)))), 'as ONNX writes it'],
    ['have no graph', () => concatBytes([head, opset]), 'begin like none of these'],
    ['have two million messages', () => asModel(new Uint8Array(4_000_000).map((_, i) => (i % 2 === 0 ? 10 : 0))), 'expected fewer parts'], // prettier-ignore
  ])('and %s are refused', (_what, make, message) => {
    expect(outcome(make())).toContain(message)
  })

  it('and are cut anywhere are refused', () => {
    const whole = onnxBytes('residual')
    const step = Math.ceil(whole.length / 60)
    for (let end = 0; end < whole.length; end += step) expect(outcome(whole.subarray(0, end))).toContain('expected')
  })

  it('and are whole pass the check', () => {
    for (const name of ['residual', 'lstm', 'float-data', 'constant-nodes', 'external'])
      expect(() => { checkMessage(sourceOf(onnxBytes(name)), ModelProtoSchema) }).not.toThrow() // prettier-ignore
  })
})

describe('a graph', () => {
  it.each<readonly [string, Uint8Array, string]>([
    ['a tensor of 2⁶⁰ numbers', written({ initializer: [floats('w', [big], 8)], node: [node('Add', ['x', 'w'])] }), 'expected a shape of a tensor in a file'], // prettier-ignore
    ['a tensor of 2⁴⁰ × 2⁴⁰ numbers', written({ initializer: [floats('w', [2n ** 40n, 2n ** 40n], 8)], node: [node('Add', ['x', 'w'])] }), 'expected a shape of a tensor in a file'], // prettier-ignore
    ['a tensor of 2³⁰ numbers and 8 bytes', written({ initializer: [floats('w', [2n ** 30n], 8)], node: [node('Add', ['x', 'w'])] }), `tensor "w": expected ${2 ** 32} bytes of numbers by its shape, got 8`], // prettier-ignore
    ['a negative size', written({ initializer: [floats('w', [-4n], 8)], node: [node('Add', ['x', 'w'])] }), 'expected a shape of a tensor in a file, got [-4]'], // prettier-ignore
    ['an input of 2⁴⁰ numbers', written({ node: [node('Relu', ['x'])] }, [1, 2n ** 40n]), 'expected to know the shape'],
    ['an input of 2⁴⁰ numbers in all', written({ node: [node('Relu', ['x'])] }, [1, 3, 2 ** 20, 2 ** 20]), 'expected an output of 1 to'], // prettier-ignore
    ['a constant of 2⁴⁰ numbers', written({ initializer: [integers('s', [2n ** 40n])], node: [node('ConstantOfShape', ['s'], 'c'), node('Add', ['x', 'c'])] }), `expected a shape of at most ${2 ** 24} numbers`], // prettier-ignore
    ['padding of 2²³ places', written({ initializer: [integers('p', [0, 0, 2 ** 23, 2 ** 23, 0, 0, 0, 0])], node: [node('Pad', ['x', 'p'])] }, [1, 1, 8, 8]), 'expected an output of 1 to'], // prettier-ignore
    ['a node that reads itself', written({ node: [node('Add', ['x', 'y'])] }), 'node Add_y (Add): expected to read what an input'], // prettier-ignore
    ['two values of one name', written({ node: [node('Relu', ['x'], 'y'), node('Tanh', ['x'], 'y')] }), 'expected outputs with names of their own'], // prettier-ignore
    ['two initialisers of one name', written({ initializer: [floats('w', [1n], 4), floats('w', [1n], 4)], node: [node('Add', ['x', 'w'])] }), 'initialisers with names of their own'], // prettier-ignore
    ['several inputs', written({ input: ['x', 'z'].map((name) => ({ name, type: { value: { case: 'tensorType' as const, value: { elemType: Data.FLOAT, shape: dims([1, 4]) } } } })), node: [node('Add', ['x', 'z'])] }), 'expected a model with one input, got z, x'], // prettier-ignore
    ['several outputs', written({ output: [{ name: 'y' }, { name: 'z' }], node: [node('Relu', ['x']), node('Tanh', ['x'], 'z')] }), 'expected a model with one output, it has 2 (y, z)'], // prettier-ignore
    ['an output that nothing gives', written({ node: [node('Relu', ['x'], 'z')] }), 'expected until to be a node'],
    ['an operator of another domain', written({ node: [{ ...node('Gelu', ['x']), domain: 'com.microsoft' }] }), 'node Gelu_y (com.microsoft.Gelu): this operator cannot be opened'], // prettier-ignore
    [
      'an operator called as a method',
      written({ node: [node('constructor', ['x'])] }),
      'this operator cannot be opened',
    ],
    ['constants by an operator called as a method', written({ initializer: [floats('w', [4n], 16)], node: [node('toString', ['w'], 'c'), node('Add', ['x', 'c'])] }), 'constants that are computed by toString'], // prettier-ignore
    ['10,000 constants one after another', written({ initializer: [floats('w', [4n], 16)], node: [...chain(10_000, 'Neg', 'w'), node('Add', ['x', 'v9999'])] }), 'too many constants'], // prettier-ignore
    ['a list of 16 million numbers', written({ initializer: [integers('l', Array.from({ length: 1000 }, () => 1))], node: [node('Concat', Array.from({ length: 16_000 }, () => 'l'), 's', { axis: 0 }), node('Reshape', ['x', 's'])] }), 'expected a constant of at most 1048576 numbers, got [16000000]'], // prettier-ignore
    ['channels that double 40 times', written({ node: [...Array.from({ length: 40 }, (_, i) => node('Concat', Array.from({ length: 2 }, () => (i === 0 ? 'x' : `v${i - 1}`)), `v${i}`, { axis: 1 })), node('Relu', ['v39'])] }), 'expected an output of 1 to'], // prettier-ignore
    ['weights of whole numbers', written({ initializer: [{ name: 'w', dims: [4n, 1n], dataType: Data.INT8, rawData: new Uint8Array(4) }], node: [node('MatMul', ['x', 'w'])] }), 'quantised weights are not read'], // prettier-ignore
    ['weights of 4 bits', written({ initializer: [{ name: 'w', dims: [4n, 1n], dataType: Data.INT4, rawData: new Uint8Array(2) }], node: [node('MatMul', ['x', 'w'])] }), 'expected numbers that are read as they are, got int4'], // prettier-ignore
    ['a place beyond a list', written({ initializer: [integers('l', [1, 4]), integers('i', [7])], node: [node('Gather', ['l', 'i'], 's'), node('Reshape', ['x', 's'])] }), 'expected places of a list of 2, got [7]'], // prettier-ignore
    ['an output that is not the first', written({ node: [{ ...node('MaxPool', ['x']), output: ['z', 'y'] }] }, [1, 1, 4, 4]), '(MaxPool)'], // prettier-ignore
  ])('with %s is refused by name', (_what, bytes, message) => {
    expect(outcome(bytes)).toContain(message)
  })

  it('of a thousand layers opens', () => {
    expect(outcome(written({ node: [...chain(1000, 'Relu', 'x'), node('Tanh', ['v999'])] }))).toBe('opened')
  })
})

/** A copy of a file with some bytes changed. */
const flips = (bytes: Uint8Array) =>
  fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }).map((all) => {
    const copy = new Uint8Array(bytes)
    for (const [place, flip] of all) copy[place] = (copy[place] ?? 0) ^ flip
    return copy
  }) // prettier-ignore

const fuzzed: readonly (readonly [string, OnnxReadOptions])[] = [
  ...['squeeze-excite', 'reshape-computed', 'lstm'].map((name) => [name, {}] as const),
  ...['attention', 'shuffled', 'steps-in-groups', 'vit-timm'].map((name) => [`transformers/${name}`, {}] as const),
  ['transformers/bert', { fixed: { attention_mask: 1, token_type_ids: 0 } }],
]

const numRuns = Number(process.env['PTU_MUTANTS'] ?? 100)

describe('any file that looks like one of ONNX', () => {
  it.each(fuzzed)(
    '%s, changed at random, opens or says why not, in time',
    (name, options) => {
      fc.assert(
        fc.property(flips(onnxBytes(name)), (bytes) => {
          const from = performance.now()
          expect(outcome(bytes, options).length).toBeGreaterThan(5)
          expect(performance.now() - from).toBeLessThan(10_000)
        }),
        { numRuns },
      )
    },
    60_000 + 200 * numRuns,
  )
})
