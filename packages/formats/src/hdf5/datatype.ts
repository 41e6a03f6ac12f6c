import { ImportError } from '@ptu/networks'

import type { NumberName } from '../numbers.ts'
import type { Hdf5Reader } from './reader.ts'

/** The stored form of the values of a dataset or an attribute. */
export type Datatype =
  | { readonly kind: 'number'; readonly name: NumberName; readonly littleEndian: boolean; readonly size: number }
  /** Texts of one length, filled up with zeros. */
  | { readonly kind: 'text'; readonly size: number }
  /** Texts of any length, kept elsewhere. */
  | { readonly kind: 'texts'; readonly size: number }
  | { readonly kind: 'other'; readonly what: string; readonly size: number }

const classes = ['integers', 'floats', 'times', 'texts', 'bit fields', 'opaque values', 'compounds', 'references', 'enumerations', 'variable lengths', 'arrays'] as const // prettier-ignore

/** The datatype that a message describes. */
export const datatypeAt = (reader: Hdf5Reader, at: number): Datatype => {
  const code = reader.uint(at, 1) & 0x0f
  const bits = reader.uint(at + 1, 1)
  const size = reader.uint(at + 4, 4)
  const littleEndian = (bits & 1) === 0
  const named = (name: NumberName | undefined): Datatype =>
    name === undefined
      ? { kind: 'other', what: `${classes[code] ?? 'values'} of ${size} bytes`, size }
      : { kind: 'number', name, littleEndian, size }
  if (code === 0) return named(integerOf(size, (bits & 8) !== 0))
  if (code === 1) return named(floatOf(size, reader.uint(at + 8 + 5, 1)))
  if (code === 3) return { kind: 'text', size }
  if (code === 9 && (bits & 0x0f) === 1) return { kind: 'texts', size }
  return { kind: 'other', what: classes[code] ?? 'values of an unknown class', size }
}

const integerOf = (size: number, signed: boolean): NumberName | undefined =>
  (signed
    ? ({ 1: 'int8', 2: 'int16', 4: 'int32', 8: 'int64' } as const)
    : ({ 1: 'uint8', 2: 'uint16', 4: 'uint32', 8: 'uint64' } as const))[size as 1]

/** A float by its size and by the bits of its exponent. */
const floatOf = (size: number, exponent: number): NumberName | undefined =>
  (({ '2:5': 'float16', '2:8': 'bfloat16', '4:8': 'float32', '8:11': 'float64' }) as const)[
    `${size}:${exponent}` as '4:8'
  ]

/** The sizes of a dataspace; `[]` for one value. */
export const dataspaceAt = (reader: Hdf5Reader, at: number): readonly number[] => {
  const [version, rank] = [reader.uint(at, 1), reader.uint(at + 1, 1)]
  if ((version !== 1 && version !== 2) || rank > 8)
    throw new ImportError(
      `expected a dataspace of at most 8 axes at ${at} of the HDF5 file, got version ${version}, ${rank} axes`,
    )
  if (version === 2 && reader.uint(at + 3, 1) === 2) return [0]
  const first = at + (version === 1 ? 8 : 4)
  return Array.from({ length: rank }, (_, axis) => reader.uint(first + 8 * axis, 8))
}
