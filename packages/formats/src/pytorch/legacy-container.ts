import { ImportError } from '@ptu/networks'

import { numberFormats } from '../numbers.ts'
import type { Container, StoredBytes } from './container.ts'
import { numberNameOf } from './storage-types.ts'
import { unpickle } from './unpickle.ts'
import { described, itemsOf, type Storage, type Value } from './value.ts'
import { emptyWorld, stateDictWorld } from './world.ts'

/** The pickle of 0x1950a86a20f9469cfc6c, as it begins in every protocol. */
const magic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]

/** Tells whether bytes begin as a file of PyTorch before 1.6 does. */
export const isLegacy = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x80 && magic.every((byte, i) => bytes[i + 2] === byte)

/**
 * The container that `torch.save` wrote before PyTorch 1.6: five pickles (a magic number, a version, the system, the
 * value, the keys of the storages), then for each storage its count, 8 bytes, and its numbers.
 *
 * The numbers have their lowest byte first, whatever machine wrote them. Throws `ImportError`.
 *
 * References:
 *   PyTorch, "torch/serialization.py", `_legacy_save` and `_legacy_load`, https://github.com/pytorch/pytorch/blob/v1.13.1/torch/serialization.py
 */
export const readLegacyContainer = (bytes: Uint8Array): Container => {
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
  return {
    format: 'PyTorch (legacy container)',
    value,
    littleEndian: true,
    storages: storagesFrom(bytes, keys.end, itemsOf(keys.value) ?? [], met),
  }
}

const storagesFrom = (
  bytes: Uint8Array,
  start: number,
  keys: readonly Value[],
  met: ReadonlyMap<string, Storage>,
): ReadonlyMap<string, StoredBytes> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found = new Map<string, StoredBytes>()
  let at = start
  for (const key of keys) {
    const storage = typeof key === 'string' ? met.get(key) : undefined
    if (storage === undefined || found.has(storage.key))
      throw new ImportError(
        'expected the keys of the storages that the tensors lie in, each once; the file was changed',
      )
    const count = at + 8 > bytes.length ? -1 : Number(view.getBigInt64(at, true))
    const size = count * bytesEach(storage)
    const begin = at + 8
    if (count !== storage.count || begin + size > bytes.length)
      throw new ImportError(
        `expected ${storage.count} numbers in storage ${storage.key}, the file has ${Math.max(count, 0)} in ${Math.max(bytes.length - begin, 0)} bytes; it was changed or cut, fetch or save it again`,
      )
    found.set(storage.key, { size, bytes: () => bytes.subarray(begin, begin + size) })
    at = begin + size
  }
  if (at !== bytes.length)
    throw new ImportError(`expected the file to end after its last storage, ${bytes.length - at} bytes are left`)
  return found
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
