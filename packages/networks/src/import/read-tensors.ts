import { readFile, type FileError } from '@ptu/tensor'
import { tensor } from '@tensorflow/tfjs-core'
import type { Either } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { attempt } from './attempt.ts'
import { ImportError } from './errors.ts'
import { isSize, listAt, recordOf, refuse, textAt, type Fields } from './fields.ts'
import { formats, type NumberFormat } from './numbers.ts'
import type { StoredWeight } from './weights.ts'

/** Larger files, and larger headers, are refused before they are read. */
const limits = { file: 2 ** 32, header: 100_000_000 }

const dtypes: Readonly<Record<string, NumberFormat>> = {
  F64: { bytes: 8, read: (view, offset) => view.getFloat64(offset, true) },
  F32: formats.float32,
  F16: formats.float16,
  BF16: { bytes: 2, read: (view, offset) => bfloat(view, offset) },
  I64: { bytes: 8, read: (view, offset) => Number(view.getBigInt64(offset, true)) },
  I32: formats.int32,
  U8: formats.uint8,
}

/** bfloat16: the upper half of a float32. */
const bfloat = (view: DataView, offset: number): number => {
  const whole = new DataView(new ArrayBuffer(4))
  whole.setUint16(0, view.getUint16(offset, true))
  return whole.getFloat32(0)
}

/**
 * The tensors of a safetensors file, such as one of a PyTorch model's `state_dict`, as numbers of 32 bits.
 *
 * Keeps `bytes`; makes no tensor. A Left says which entry does not fit the file.
 *
 * References:
 *   Hugging Face, "Safetensors", format description, https://github.com/huggingface/safetensors
 */
export const decodeTensors = (bytes: Uint8Array): Either<ImportError, readonly StoredWeight[]> =>
  attempt(() => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const length = bytes.byteLength < 8 ? Infinity : Number(view.getBigUint64(0, true))
    if (length > limits.header || length > bytes.byteLength - 8)
      throw new ImportError(`expected a safetensors file, got ${bytes.byteLength} bytes without a header that fits`)
    const header = headerOf(bytes.subarray(8, 8 + length))
    return Object.keys(header.values)
      .filter((name) => name !== '__metadata__')
      .map((name) => entryOf(name, header, view, 8 + length))
  })

/** {@link decodeTensors} of a file. */
export const readTensors = (path: string): TE.TaskEither<FileError | ImportError, readonly StoredWeight[]> =>
  pipe(readFile(path, limits.file), TE.flatMapEither(decodeTensors))

const headerOf = (bytes: Uint8Array): Fields => {
  try {
    return recordOf(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)), 'the header')
  } catch (cause) {
    if (cause instanceof ImportError) throw cause
    throw new ImportError('expected a safetensors file, its header is not JSON', { cause })
  }
}

const entryOf = (name: string, header: Fields, view: DataView, start: number): StoredWeight => {
  const entry = recordOf(header.values[name], `tensor ${name.slice(0, 400)}`)
  const dtype = textAt(entry, 'dtype')
  const format = Object.hasOwn(dtypes, dtype) ? dtypes[dtype] : undefined
  if (format === undefined) return refuse(entry, 'dtype', Object.keys(dtypes).join(', '))
  const shape = listAt(entry, 'shape')
  if (shape.length > 8 || !shape.every((n): n is number => isSize(n))) return refuse(entry, 'shape', 'a list of sizes')
  const size = shape.reduce((product, n) => product * n, 1)
  const [begin, end] = listAt(entry, 'data_offsets')
  if (!isOffset(begin) || !isOffset(end) || end - begin !== size * format.bytes || start + end > view.byteLength)
    return refuse(entry, 'data_offsets', `the place of ${size * format.bytes} bytes of the file`)
  return {
    name,
    shape,
    tensor: () => {
      const values = Float32Array.from({ length: size }, (_, i) => format.read(view, start + begin + i * format.bytes))
      return tensor(values, [...shape], 'float32')
    },
  }
}

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
