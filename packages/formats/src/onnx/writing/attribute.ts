import { create, type MessageInitShape } from '@bufbuild/protobuf'

import {
  AttributeProto_AttributeType as Type,
  AttributeProtoSchema,
  type AttributeProto,
} from '../generated/onnx_pb.ts'

/** The value of an attribute of an operator, by the type that ONNX gives it. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly texts: readonly string[] }

/** The attributes of an operator by their names. */
export type Attributes = Readonly<Record<string, Attribute>>

const encoded = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text))

const fieldsOf = (value: Attribute): Omit<MessageInitShape<typeof AttributeProtoSchema>, '$typeName'> => {
  if ('int' in value) return { type: Type.INT, i: BigInt(value.int) }
  if ('float' in value) return { type: Type.FLOAT, f: value.float }
  if ('text' in value) return { type: Type.STRING, s: encoded(value.text) }
  if ('ints' in value) return { type: Type.INTS, ints: value.ints.map(BigInt) }
  if ('floats' in value) return { type: Type.FLOATS, floats: [...value.floats] }
  return { type: Type.STRINGS, strings: value.texts.map(encoded) }
}

/** The messages of attributes, in the order of their names. */
export const attributesOf = (attributes: Attributes): AttributeProto[] =>
  Object.entries(attributes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => create(AttributeProtoSchema, { name, ...fieldsOf(value) }))
