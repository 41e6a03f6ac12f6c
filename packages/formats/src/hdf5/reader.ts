import { ImportError } from '@ptu/networks'

/** So many structures may be read of any file, of a longer one as many as it has bytes: one that is read takes some. */
const leastWork = 10_000

/** Reads little-endian numbers of a file, none outside of it. */
export interface Hdf5Reader {
  readonly bytes: Uint8Array
  /** An unsigned integer of 1, 2, 4 or 8 bytes; throws `ImportError` outside of the file, or beyond 2⁵³. */
  uint(at: number, size: 1 | 2 | 4 | 8): number
  /** The bytes of a range of the file; throws `ImportError` outside of it. */
  range(at: number, length: number): Uint8Array
  /** Throws `ImportError` unless a structure of this name begins here. */
  expectName(at: number, name: string): void
  /** Counts a structure that is read; throws `ImportError` where there are too many, as in a file with loops. */
  work(): void
}

/** Reads the bytes of an HDF5 file. */
export const hdf5Reader = (bytes: Uint8Array): Hdf5Reader => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const most = Math.max(leastWork, bytes.length)
  let done = 0
  const check = (at: number, length: number): void => {
    if (!(at >= 0 && length >= 0 && at + length <= bytes.length))
      throw new ImportError(
        `expected ${length} bytes at ${at} of the HDF5 file, it has ${bytes.length}: it is cut or damaged`,
      )
  }
  const uint = (at: number, size: 1 | 2 | 4 | 8): number => {
    check(at, size)
    if (size === 1) return view.getUint8(at)
    if (size === 2) return view.getUint16(at, true)
    const low = view.getUint32(at, true)
    const high = size === 8 ? view.getUint32(at + 4, true) : 0
    if (high >= 2 ** 21)
      throw new ImportError(`expected a size or an address at ${at} of the HDF5 file, got one beyond 2^53`)
    return high * 2 ** 32 + low
  }
  const range = (at: number, length: number): Uint8Array => {
    check(at, length)
    return bytes.subarray(at, at + length)
  }
  return {
    bytes,
    uint,
    range,
    expectName: (at, name) => {
      const found = String.fromCharCode(...range(at, name.length))
      if (found !== name)
        throw new ImportError(`expected ${name} at ${at} of the HDF5 file, got ${JSON.stringify(found)}: it is damaged`)
    },
    work: () => {
      done += 1
      if (done > most)
        throw new ImportError(`expected at most ${most} structures in the HDF5 file: it is damaged, or has loops`)
    },
  }
}

/** Tells whether an address is the one that stands for none. */
export const isUndefined = ({ bytes }: Hdf5Reader, at: number): boolean =>
  at + 8 <= bytes.length && bytes.subarray(at, at + 8).every((byte) => byte === 0xff)

/** A text that ends at its first zero, or with its bytes. */
export const textOf = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end))
}
