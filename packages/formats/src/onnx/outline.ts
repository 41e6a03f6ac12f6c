import { create, toBinary, type DescMessage } from '@bufbuild/protobuf'
import { concatBytes, type ByteSource } from '@ptu/core'

import { inWindows } from '../in-windows.ts'
import {
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from './generated/onnx_pb.ts'
import { fieldsBy, fieldsIn, messageIn, type FieldPlace } from './wire.ts'

/** The name by which tensors of an outline call the file itself. No file can have it. */
export const ownFile = '\0'

/** The numbers of a tensor that are left in the file take so many bytes at least. */
const least = 2 ** 12

const { rawData } = TensorProtoSchema.field

/** Tells whether a field is the numbers of a tensor that are left in the file. */
const isLeft = (message: DescMessage, { number, content, stop }: FieldPlace): boolean =>
  message === TensorProtoSchema && number === rawData.number && stop - content >= least

/**
 * The bytes of a model without the numbers of its large tensors: such a tensor says instead at which place of the file they
 * are, as a tensor with numbers in another file does. The model is read from these bytes, and its numbers stay where they are.
 *
 * The source must have passed `checkMessage`. Throws `ImportError`.
 */
export const outlineOf = (whole: ByteSource): Uint8Array => {
  const source = inWindows(whole)
  const fieldsOf = fieldsBy()
  const outlined = (message: DescMessage, begin: number, end: number): readonly Uint8Array[] => {
    if (end - begin < least) return [source.range(begin, end)]
    const parts: Uint8Array[] = []
    let left: FieldPlace | undefined
    for (const field of fieldsIn(source, begin, end)) {
      const { number, from, content, stop } = field
      const inner = messageIn(fieldsOf(message).get(number))
      if (isLeft(message, field)) left = field
      else if (inner === undefined || stop - content < least) parts.push(source.range(from, stop))
      else parts.push(lengthened(number, concatBytes(outlined(inner, content, stop))))
    }
    // The last place that is said counts: a tensor with numbers of its own has them, whatever else it says.
    return left === undefined ? parts : [...parts, placeOf(left.content, left.stop - left.content)]
  }
  return concatBytes(outlined(ModelProtoSchema, 0, source.length))
}

/** The fields of a tensor whose numbers are in the file itself. */
const placeOf = (offset: number, length: number): Uint8Array => {
  const entries = { location: ownFile, offset: String(offset), length: String(length) }
  return toBinary(
    TensorProtoSchema,
    create(TensorProtoSchema, {
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: Object.entries(entries).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
    }),
  )
}

/** A field of bytes: its tag, its size, itself. */
const lengthened = (number: number, content: Uint8Array): Uint8Array =>
  concatBytes([varintOf(8 * number + 2), varintOf(content.length), content])

const varintOf = (value: number): Uint8Array => {
  const digits: number[] = []
  for (let left = value; left > 0 || digits.length === 0; left = Math.floor(left / 128))
    digits.push((left % 128) + (left >= 128 ? 128 : 0))
  return Uint8Array.from(digits)
}
