import { create, toBinary } from '@bufbuild/protobuf'
import { disposeSource } from '@ptu/networks'
import * as E from 'fp-ts/lib/Either.js'

import { decodeOnnx, disposeModel, fromLayersModel, openModel, type OnnxReadOptions } from '../src/index.ts'
import {
  AttributeProto_AttributeType as Type,
  ModelProtoSchema,
  TensorProto_DataType as Data,
} from '../src/onnx/generated/onnx_pb.ts'

/** Opens a file in both ways, frees the results, and gives the message of the first. */
export const outcome = (bytes: Uint8Array, options: OnnxReadOptions = {}): string => {
  const model = openModel({ name: 'x', bytes })
  if (E.isRight(model)) disposeModel(model.right)
  const described = decodeOnnx({ name: 'x', bytes }, options)
  if (E.isLeft(described)) return described.left.message
  const source = fromLayersModel(described.right, [])
  if (E.isLeft(source)) return source.left.message
  disposeSource(source.right)
  return 'opened'
}

type Init = Parameters<typeof create<typeof ModelProtoSchema>>[1]
type GraphInit = NonNullable<NonNullable<Init>['graph']>

export const dims = (sizes: readonly (number | bigint)[]) => ({
  dim: sizes.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } })),
})

/** A model of a graph that reads x, `[1, ...sizes]`, and gives y. */
export const written = (graph: GraphInit, sizes: readonly (number | bigint)[] = [1, 4]): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ version: 17n }],
      graph: {
        name: 'g',
        input: [{ name: 'x', type: { value: { case: 'tensorType', value: { elemType: Data.FLOAT, shape: dims(sizes) } } } }],
        output: [{ name: 'y' }],
        ...graph,
      },
    }),
  ) // prettier-ignore

/** A node of one output. */
export const node = (
  opType: string,
  input: readonly string[],
  output = 'y',
  attribute: Readonly<Record<string, number | readonly number[]>> = {},
) => ({
  ...{ opType, input: [...input], output: [output], name: `${opType}_${output}` },
  attribute: Object.entries(attribute).map(([name, value]) =>
    typeof value === 'number'
      ? { name, type: Type.INT, i: BigInt(value) }
      : { name, type: Type.INTS, ints: value.map(BigInt) },
  ),
})

/** A constant of zeros. */
export const floats = (name: string, sizes: readonly bigint[], bytes: number) => ({
  ...{ name, dims: [...sizes], dataType: Data.FLOAT, rawData: new Uint8Array(bytes) },
})

export const integers = (name: string, numbers: readonly (number | bigint)[]) => ({
  ...{ name, dims: [BigInt(numbers.length)], dataType: Data.INT64, int64Data: numbers.map(BigInt) },
})

/** A constant of numbers. */
export const numbers = (name: string, floatData: readonly number[], sizes: readonly number[] = []) => ({
  ...{ name, dims: sizes.map(BigInt), dataType: Data.FLOAT, floatData: [...floatData] },
})
