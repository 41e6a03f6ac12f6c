import { concatBytes } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'

import { listTensors } from '../src/index.ts'
import { crc32 } from '../src/zip/crc32.ts'

/** A pickle written opcode by opcode: texts are bytes as they are, numbers are bytes. */
export const pickle = (...parts: readonly (string | number)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...new TextEncoder().encode(part)])))

export const word = (value: number): readonly number[] =>
  [0, 8, 16, 24].map((shift) => Math.floor(value / 2 ** shift) % 256)
export const half = (value: number): readonly number[] => word(value).slice(0, 2)

/** A member of an archive, and what its directory claims of it where that is not the truth. */
interface Member {
  readonly name: string
  readonly bytes: Uint8Array
  readonly claims?: { readonly size?: number; readonly packed?: number; readonly method?: number; readonly header?: number; readonly crc?: number } // prettier-ignore
}

/** A zip archive, written by hand so that it can lie. */
export const archive = (...parts: readonly Member[]): Uint8Array => {
  let header = 0
  const written = parts.map(({ name, bytes, claims = {} }) => {
    const text = [...new TextEncoder().encode(name)]
    const { size = bytes.length, packed = bytes.length, method = 0, crc = crc32(bytes) } = claims
    const own = [...word(0x04034b50), ...Array.from({ length: 22 }, () => 0), ...half(text.length), ...half(0), ...text]
    const sizes = [...word(crc), ...word(packed), ...word(size)]
    const rest = [
      ...half(text.length),
      ...half(0),
      ...half(0),
      ...word(0),
      ...word(0),
      ...word(claims.header ?? header),
    ]
    header += own.length + bytes.length
    return {
      member: concatBytes([Uint8Array.from(own), bytes]),
      entry: [...word(0x02014b50), ...word(0), ...half(0), ...half(method), ...word(0), ...sizes, ...rest, ...text],
    }
  })
  const directory = written.flatMap(({ entry }) => entry)
  const counts = [...half(parts.length), ...half(parts.length), ...word(directory.length), ...word(header), 0, 0]
  const end = [...directory, ...word(0x06054b50), ...word(0), ...counts]
  return concatBytes([...written.map(({ member }) => member), Uint8Array.from(end)])
}

export const data = (bytes: Uint8Array, claims?: Member['claims']): Member => ({
  name: 'a/data.pkl',
  bytes,
  ...(claims && { claims }),
})

/** A state_dict of one tensor `w` in a storage `0`. */
export const tensorPickle = (
  count: number,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array => {
  const integer = (value: number): readonly number[] => [0x4a, ...word(value)]
  const tuple = (values: readonly number[]): readonly number[] => [0x28, ...values.flatMap(integer), 0x74]
  const storage = [0x28, ...pickle('X', ...word(7), 'storage', 'ctorch\nFloatStorage\nX', ...word(1), '0X', ...word(3), 'cpu'), ...integer(count), 0x74, 0x51] // prettier-ignore
  const args = [0x28, ...storage, ...integer(offset), ...tuple(shape), ...tuple(strides), 0x89, 0x4e, 0x74, 0x52]
  return pickle(0x80, 2, '}X', ...word(1), 'w', 'ctorch._utils\n_rebuild_tensor_v2\n', ...args, 's.')
}

export const zeros = (count: number): Uint8Array => new Uint8Array(count)
export const weights = (count: number, pickled: Uint8Array): Uint8Array =>
  archive(data(pickled), { name: 'a/data/0', bytes: zeros(count * 4) })

export const messageOf = (bytes: Uint8Array): string => {
  const file = listTensors({ name: 'x', bytes })
  if (E.isLeft(file)) return file.left.message
  for (const { values, refused } of file.right.tensors) if (refused === undefined) values()
  return 'read'
}
