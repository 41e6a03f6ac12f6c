import { sourceOf, type ByteSource } from '@ptu/core'
import { ImportError } from '@ptu/networks'

import { numberFormats, type NumberName } from '../numbers.ts'
import { shown, shownShape } from '../shown.ts'
import { contiguous, countOf, refusedTensor, storedTensor, type StoredTensor } from '../stored-tensor.ts'
import { TensorProto_DataLocation, TensorProto_DataType, type TensorProto } from './generated/onnx_pb.ts'

/** The files that hold numbers of a model by the names that it calls them. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array | ByteSource>

/** Our names of the types of numbers that are read. */
const numberNames: Readonly<Partial<Record<number, NumberName>>> = {
  [TensorProto_DataType.FLOAT]: 'float32',
  [TensorProto_DataType.UINT8]: 'uint8',
  [TensorProto_DataType.INT8]: 'int8',
  [TensorProto_DataType.UINT16]: 'uint16',
  [TensorProto_DataType.INT16]: 'int16',
  [TensorProto_DataType.INT32]: 'int32',
  [TensorProto_DataType.INT64]: 'int64',
  [TensorProto_DataType.BOOL]: 'bool',
  [TensorProto_DataType.FLOAT16]: 'float16',
  [TensorProto_DataType.DOUBLE]: 'float64',
  [TensorProto_DataType.UINT32]: 'uint32',
  [TensorProto_DataType.UINT64]: 'uint64',
  [TensorProto_DataType.BFLOAT16]: 'bfloat16',
}

/** The name of a type of number as ONNX has it. */
export const typeName = (dataType: number): string =>
  Object.entries(TensorProto_DataType)
    .find(([, value]) => value === dataType)?.[0]
    ?.toLowerCase() ?? `type ${dataType}`

/** The largest size of a tensor; larger ones cannot be in a file that can be read. */
const largestCount = 2 ** 32

const shapeOf = ({ name, dims }: TensorProto): readonly number[] => {
  const shape = dims.map(Number)
  if (shape.length > 16 || !shape.every((size) => Number.isSafeInteger(size) && size >= 0) || countOf(shape) > largestCount) // prettier-ignore
    throw new ImportError(`tensor ${shown(name)}: expected a shape of a tensor in a file, got ${shownShape(shape.slice(0, 16))}`) // prettier-ignore
  return shape
}

/** A tensor of a model under a name; its numbers are not read before they are asked for. Throws `ImportError`. */
export const tensorOf = (proto: TensorProto, name: string, external: ExternalFiles): StoredTensor => {
  const shape = shapeOf(proto)
  const dtype = numberNames[proto.dataType]
  if (dtype === undefined)
    return refusedTensor(name, typeName(proto.dataType), shape, `expected numbers that are read as they are, got ${typeName(proto.dataType)}`) // prettier-ignore
  const expected = countOf(shape) * numberFormats[dtype].bytes
  const bytes = isOutside(proto) ? outside(proto, external, expected) : inside(proto, dtype, expected)
  return typeof bytes === 'string'
    ? refusedTensor(name, dtype, shape, bytes)
    : storedTensor(name, dtype, { shape, strides: contiguous(shape), offset: 0 }, { littleEndian: true, bytes })
}

/** The bytes of a tensor in the model itself. */
const inside = (proto: TensorProto, dtype: NumberName, expected: number): (() => Uint8Array) => {
  const { name, rawData } = proto
  const written = numbersOf(proto, dtype)
  const found = rawData.length > 0 ? rawData.length : written.length * numberFormats[dtype].bytes
  if (found !== expected)
    throw new ImportError(`tensor ${shown(name)}: expected ${expected} bytes of numbers by its shape, got ${found}: the file is cut or damaged`) // prettier-ignore
  return () => (rawData.length > 0 ? rawData : packed(written, dtype))
}

/** The numbers of a tensor that are written as fields, not as bytes. */
const numbersOf = (proto: TensorProto, dtype: NumberName): readonly (number | bigint)[] => {
  if (dtype === 'float32') return proto.floatData
  if (dtype === 'float64') return proto.doubleData
  if (dtype === 'int64') return proto.int64Data
  return dtype === 'uint32' || dtype === 'uint64' ? proto.uint64Data : proto.int32Data
}

/** Writers of the numbers that stand as fields; halves stand as their bits. */
const writers: Readonly<Record<NumberName, (view: DataView, at: number, value: number | bigint) => void>> = {
  float32: (view, at, value) => { view.setFloat32(at, Number(value), true) },
  float64: (view, at, value) => { view.setFloat64(at, Number(value), true) },
  float16: (view, at, value) => { view.setUint16(at, Number(value), true) },
  bfloat16: (view, at, value) => { view.setUint16(at, Number(value), true) },
  int64: (view, at, value) => { view.setBigInt64(at, BigInt(value), true) },
  uint64: (view, at, value) => { view.setBigUint64(at, BigInt(value), true) },
  int32: (view, at, value) => { view.setInt32(at, Number(value), true) },
  uint32: (view, at, value) => { view.setUint32(at, Number(value), true) },
  int16: (view, at, value) => { view.setInt16(at, Number(value), true) },
  uint16: (view, at, value) => { view.setUint16(at, Number(value), true) },
  int8: (view, at, value) => { view.setInt8(at, Number(value)) },
  uint8: (view, at, value) => { view.setUint8(at, Number(value)) },
  bool: (view, at, value) => { view.setUint8(at, Number(value)) },
} // prettier-ignore

const packed = (numbers: readonly (number | bigint)[], dtype: NumberName): Uint8Array => {
  const { bytes } = numberFormats[dtype]
  const view = new DataView(new ArrayBuffer(numbers.length * bytes))
  for (const [i, value] of numbers.entries()) writers[dtype](view, i * bytes, value)
  return new Uint8Array(view.buffer)
}

/** Tells whether a tensor says where its numbers are, and has none itself. */
export const isOutside = ({ dataLocation, rawData }: TensorProto): boolean =>
  dataLocation === TensorProto_DataLocation.EXTERNAL && rawData.length === 0

/** The place of a tensor's numbers as it says; where it says it twice, the last counts, as in all of protobuf. */
const saidOf = ({ externalData }: TensorProto, wanted: string): string | undefined =>
  externalData.findLast(({ key }) => key === wanted)?.value

/** The name of the file that holds the numbers of a tensor. */
export const locationOf = (proto: TensorProto): string => saidOf(proto, 'location') ?? ''

/** The bytes of a tensor in another file, or the reason why they are not there. */
const outside = (proto: TensorProto, external: ExternalFiles, expected: number): (() => Uint8Array) | string => {
  const location = locationOf(proto)
  const file = external.get(location)
  if (file === undefined)
    return `its numbers are in another file, ${shown(location)}, which is not here: open the model by its path, with that file beside it`
  const numberAt = (key: string, missing: number): number => {
    const text = saidOf(proto, key)
    return text === undefined ? missing : /^\d{1,15}$/.test(text) ? Number(text) : -1
  }
  const offset = numberAt('offset', 0)
  const length = numberAt('length', expected)
  if (offset < 0 || length !== expected || offset + length > file.length)
    throw new ImportError(`tensor ${shown(proto.name)}: expected ${expected} bytes from ${offset} on in ${shown(location)}, which has ${file.length}: it is cut or another model's`) // prettier-ignore
  return () => sourceOf(file).range(offset, offset + length)
}
