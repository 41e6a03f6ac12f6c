import { isRecord, type ByteSource } from '@ptu/core'
import { ImportError } from '@ptu/networks'

import { numberFormats, type NumberName } from '../numbers.ts'
import { shown } from '../shown.ts'
import {
  contiguous,
  countOf,
  refusedTensor,
  storedTensor,
  type StoredTensor,
  type TensorFile,
} from '../stored-tensor.ts'

/** Larger headers are refused before they are parsed, as the reference implementation does. */
const largestHeader = 100_000_000

const numberNames: Readonly<Partial<Record<string, NumberName>>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U64: 'uint64',
  U32: 'uint32',
  U16: 'uint16',
  U8: 'uint8',
  BOOL: 'bool',
}

/** The bytes that the header takes; undefined if there are too few bytes for one. */
const headerLength = (source: ByteSource): number | undefined => {
  if (source.length < 10) return undefined
  const { buffer, byteOffset } = source.range(0, 8)
  const length = Number(new DataView(buffer, byteOffset, 8).getBigUint64(0, true))
  return length >= 2 && length <= source.length - 8 && length <= largestHeader ? length : undefined
}

/** Tells whether a file begins as a safetensors file does. */
export const isSafetensors = (source: ByteSource): boolean =>
  headerLength(source) !== undefined && source.range(8, 9)[0] === 0x7b

/**
 * The tensors of a safetensors file.
 *
 * Keeps `source`; makes no tensor. A tensor of a type that cannot be read is listed, and refused only when it is asked
 * for. Throws `ImportError` if the header does not fit the file: tensors may not overlap nor leave gaps.
 *
 * References:
 *   Hugging Face, "Safetensors", format description, https://github.com/huggingface/safetensors
 */
export const readSafetensors = (source: ByteSource): TensorFile => {
  const length = headerLength(source)
  if (length === undefined)
    throw new ImportError(`expected a safetensors file, got ${source.length} bytes without a header that fits`)
  const { __metadata__: metadata, ...entries } = headerOf(source.range(8, 8 + length))
  const found = Object.entries(entries).map(([name, entry]) => entryOf(name, entry))
  checkFilled(found, source.length - 8 - length)
  return {
    format: 'safetensors',
    tensors: found.map((entry) => tensorOf(entry, source, 8 + length)),
    others: [],
    facts: isRecord(metadata) && typeof metadata['format'] === 'string' ? { 'written by': metadata['format'] } : {},
  }
}

const headerOf = (bytes: Uint8Array): Readonly<Record<string, unknown>> => {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new ImportError('expected a safetensors file, its header is not JSON', { cause })
  }
  if (!isRecord(header)) throw new ImportError('expected a safetensors file, its header is not a record')
  return header
}

interface Entry {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isCounts = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(isCount)

const entryOf = (name: string, entry: unknown): Entry => {
  const fail = (problem: string): never => {
    throw new ImportError(`tensor ${shown(name)}: expected ${problem}`)
  }
  if (!isRecord(entry)) return fail('a record in the header')
  const { dtype, shape, data_offsets: offsets } = entry
  if (typeof dtype !== 'string') return fail('dtype to be a text')
  if (!isCounts(shape) || shape.length > 8) return fail('shape to be up to 8 integers from 0')
  const place = placeOf(offsets)
  if (place === undefined) return fail('data_offsets to be where it begins and ends')
  const { begin, end } = place
  const size = sizeOf(dtype, shape) ?? end - begin
  return end - begin === size
    ? { name, dtype, shape, begin, end }
    : fail(`data_offsets of ${size} bytes, got ${end - begin}`)
}

const placeOf = (offsets: unknown): { readonly begin: number; readonly end: number } | undefined => {
  if (!isCounts(offsets) || offsets.length !== 2) return undefined
  const [begin = 0, end = 0] = offsets
  return begin <= end ? { begin, end } : undefined
}

/** The bytes that a tensor takes; undefined for an unknown type of number. */
const sizeOf = (dtype: string, shape: readonly number[]): number | undefined => {
  const number = numberNameOf(dtype)
  return number && countOf(shape) * numberFormats[number].bytes
}

const numberNameOf = (dtype: string): NumberName | undefined =>
  Object.hasOwn(numberNames, dtype) ? numberNames[dtype] : undefined

const checkFilled = (entries: readonly Entry[], size: number): void => {
  let next = 0
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== next)
      throw new ImportError(`tensor ${shown(name)}: expected to begin at byte ${next} of the data, got ${begin}`)
    next = end
  }
  if (next !== size)
    throw new ImportError(`expected ${next} bytes of data, the file has ${size}; it was changed or cut`)
}

const tensorOf = ({ name, dtype, shape, begin, end }: Entry, file: ByteSource, from: number): StoredTensor => {
  const number = numberNameOf(dtype)
  if (number === undefined)
    return refusedTensor(
      name,
      dtype,
      shape,
      `expected numbers of ${Object.keys(numberNames).join(', ')}, got ${shown(dtype)}; save it as F32`,
    )
  const source = { littleEndian: true, bytes: () => file.range(from + begin, from + end) }
  return storedTensor(name, number, { shape, strides: contiguous(shape), offset: 0 }, source)
}
