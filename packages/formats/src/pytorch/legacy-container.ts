import type { ByteSource } from '@ptu/core'
import { ImportError } from '@ptu/networks'

import { inWindows } from '../in-windows.ts'
import { numberFormats } from '../numbers.ts'
import type { Container, StoredBytes } from './container.ts'
import { numberNameOf } from './storage-types.ts'
import { unpickle } from './unpickle.ts'
import { described, itemsOf, type Storage, type Value } from './value.ts'
import { emptyWorld, stateDictWorld } from './world.ts'

/** The pickle of 0x1950a86a20f9469cfc6c, as it begins in every protocol. */
const magic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]

/** Tells whether a file begins as one of PyTorch before 1.6 does. */
export const isLegacy = (source: ByteSource): boolean => {
  const bytes = source.range(0, Math.min(2 + magic.length, source.length))
  return bytes[0] === 0x80 && magic.every((byte, i) => bytes[i + 2] === byte)
}

/** Bytes that are read in search of the end of the pickles, at first and at the most. */
const pickled = { first: 2 ** 20, most: 2 ** 26 } as const

/**
 * The container that `torch.save` wrote before PyTorch 1.6: five pickles (a magic number, a version, the system, the
 * value, the keys of the storages), then for each storage its count, 8 bytes, and its numbers.
 *
 * The numbers have their lowest byte first, whatever machine wrote them. Throws `ImportError`.
 *
 * References:
 *   PyTorch, "torch/serialization.py", `_legacy_save` and `_legacy_load`, https://github.com/pytorch/pytorch/blob/v1.13.1/torch/serialization.py
 */
export const readLegacyContainer = (source: ByteSource): Container => {
  const { value, keys, end, met } = pickles(source, pickled.first)
  return {
    format: 'PyTorch (legacy container)',
    value,
    littleEndian: true,
    storages: storagesFrom(inWindows(source), end, keys, met),
  }
}

interface Pickles {
  readonly value: Value
  readonly keys: readonly Value[]
  /** The place at which the first storage begins. */
  readonly end: number
  /** The storages that the value names. */
  readonly met: ReadonlyMap<string, Storage>
}

/** The pickles at the beginning of a file, of which nobody says how long they are: more of it is read until they end. */
const pickles = (source: ByteSource, size: number): Pickles => {
  try {
    return picklesIn(source.range(0, Math.min(size, source.length)))
  } catch (cause) {
    if (!(cause instanceof ImportError) || size >= Math.min(source.length, pickled.most)) throw cause
    return pickles(source, 8 * size)
  }
}

const picklesIn = (bytes: Uint8Array): Pickles => {
  const met = new Map<string, Storage>()
  const world = {
    apply: stateDictWorld.apply,
    persistent: (id: Value): Value => {
      const storage = stateDictWorld.persistent(id) as Storage
      met.set(storage.key, storage)
      return storage
    },
  }
  const version = unpickle(bytes, 2 + magic.length, emptyWorld)
  if (version.value !== 1001)
    throw new ImportError(`expected version 1001 of PyTorch's container before 1.6, got ${described(version.value)}`)
  const system = unpickle(bytes, version.end, emptyWorld)
  const { value, end } = unpickle(bytes, system.end, world)
  const keys = unpickle(bytes, end, emptyWorld)
  return { value, keys: itemsOf(keys.value) ?? [], end: keys.end, met }
}

const storagesFrom = (
  source: ByteSource,
  start: number,
  keys: readonly Value[],
  met: ReadonlyMap<string, Storage>,
): ReadonlyMap<string, StoredBytes> => {
  const found = new Map<string, StoredBytes>()
  let at = start
  for (const key of keys) {
    const storage = typeof key === 'string' ? met.get(key) : undefined
    if (storage === undefined || found.has(storage.key))
      throw new ImportError(
        'expected the keys of the storages that the tensors lie in, each once; the file was changed',
      )
    const count = at + 8 > source.length ? -1 : integerAt(source, at)
    const size = count * bytesEach(storage)
    const begin = at + 8
    if (count !== storage.count || begin + size > source.length)
      throw new ImportError(
        `expected ${storage.count} numbers in storage ${storage.key}, the file has ${Math.max(count, 0)} in ${Math.max(source.length - begin, 0)} bytes; it was changed or cut, fetch or save it again`,
      )
    found.set(storage.key, { size, bytes: () => source.range(begin, begin + size) })
    at = begin + size
  }
  if (at !== source.length)
    throw new ImportError(`expected the file to end after its last storage, ${source.length - at} bytes are left`)
  return found
}

const integerAt = (source: ByteSource, at: number): number => {
  const { buffer, byteOffset } = source.range(at, at + 8)
  return Number(new DataView(buffer, byteOffset, 8).getBigInt64(0, true))
}

/** The bytes that a number of a storage takes; they must be known even for a type that cannot be read. */
const bytesEach = ({ type }: Storage): number => {
  const name = numberNameOf(type)
  if (name !== undefined) return numberFormats[name].bytes
  const known = otherSizes[type]
  if (known === undefined) throw new ImportError(`expected storages of numbers, got ${type}Storage`)
  return known
}

const otherSizes: Readonly<Partial<Record<string, number>>> = {
  QInt8: 1,
  QUInt8: 1,
  QInt32: 4,
  ComplexFloat: 8,
  ComplexDouble: 16,
}
