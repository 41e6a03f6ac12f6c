import type { ByteSource } from '@ptu/core'
import { ImportError } from '@ptu/networks'

import { inWindows, type NearSource } from '../in-windows.ts'

/** The most structures that are read of a file, or its bytes where these are more: each structure takes some. */
const leastWork = 10_000

/** Descriptions of so many bytes may be read of any file, of a longer one four times its bytes: each is read a few times. */
const leastRead = 2 ** 24

/** Reads little-endian numbers of a file, none outside of it. */
export interface Hdf5Reader {
  readonly length: number
  /** An unsigned integer of 1, 2, 4 or 8 bytes; throws `ImportError` outside of the file, or beyond 2⁵³. */
  uint(at: number, size: 1 | 2 | 4 | 8): number
  /** The bytes of a range of the file; throws `ImportError` outside of it, and where more is read than a file describes. */
  range(at: number, length: number): Uint8Array
  /** The bytes of a range that may be large, read once they are asked for; throws `ImportError` outside of the file. */
  later(at: number, length: number): { readonly size: number; bytes(): Uint8Array }
  /** Throws `ImportError` for a range that is not inside of the file. */
  check(at: number, length: number): void
  /** Throws `ImportError` unless a structure of this name begins here. */
  expectName(at: number, name: string): void
  /** Counts a structure that is read; throws `ImportError` where there are too many, as in a file with loops. */
  work(): void
}

const integerAt = (near: NearSource, at: number, size: number): number => {
  let value = 0
  for (let i = size - 1; i >= 0; i--) value = 256 * value + near.byte(at + i)
  if (value >= 2 ** 53)
    throw new ImportError(`expected a size or an address at ${at} of the HDF5 file, got one beyond 2^53`)
  return value
}

const checkName = (bytes: Uint8Array, at: number, name: string): void => {
  const found = String.fromCharCode(...bytes)
  if (found !== name)
    throw new ImportError(`expected ${name} at ${at} of the HDF5 file, got ${JSON.stringify(found)}: it is damaged`)
}

/** Counts what a file asks for, and throws with a message above so much. */
const budget = (most: number, message: string): ((amount: number) => void) => {
  let used = 0
  return (amount) => {
    used += amount
    if (used > most) throw new ImportError(message)
  }
}

/** Reads the bytes of an HDF5 file. */
export const hdf5Reader = (source: ByteSource): Hdf5Reader => {
  const near = inWindows(source)
  const most = Math.max(leastWork, source.length)
  const mostRead = Math.max(leastRead, 4 * source.length)
  const take = budget(mostRead, `expected descriptions of at most ${mostRead} bytes in the HDF5 file: it is damaged`)
  const work = budget(most, `expected at most ${most} structures in the HDF5 file: it is damaged, or has loops`)
  const check = (at: number, length: number): void => {
    if (!(at >= 0 && length >= 0 && at + length <= source.length))
      throw new ImportError(
        `expected ${length} bytes at ${at} of the HDF5 file, it has ${source.length}: it is cut or damaged`,
      )
  }
  const uint = (at: number, size: 1 | 2 | 4 | 8): number => {
    check(at, size)
    return integerAt(near, at, size)
  }
  const range = (at: number, length: number): Uint8Array => {
    check(at, length)
    take(length)
    return near.range(at, at + length)
  }
  return {
    length: source.length,
    uint,
    range,
    later: (at, length) => {
      check(at, length)
      return { size: length, bytes: () => source.range(at, at + length) }
    },
    check,
    expectName: (at, name) => {
      checkName(range(at, name.length), at, name)
    },
    work: () => {
      work(1)
    },
  }
}

/** Tells whether an address is the one that stands for none. */
export const isUndefined = (reader: Hdf5Reader, at: number): boolean =>
  at + 8 <= reader.length && reader.range(at, 8).every((byte) => byte === 0xff)

/** A text that ends at its first zero, or with its bytes. */
export const textOf = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end))
}
