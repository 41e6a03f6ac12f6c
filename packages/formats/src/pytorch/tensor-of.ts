import { ImportError } from '@ptu/networks'

import { numberFormats } from '../numbers.ts'
import { shown, shownShape } from '../shown.ts'
import { countOf, refusedTensor, storedTensor, type StoredTensor } from '../stored-tensor.ts'
import type { Container } from './container.ts'
import { numberNameOf } from './storage-types.ts'
import type { Storage, TensorValue } from './value.ts'

/** A tensor of a container under a name. Throws `ImportError` where it does not lie in its storage. */
export const tensorOf = (name: string, value: TensorValue, container: Container): StoredTensor => {
  const { storage, shape, strides, special } = value
  const type = storage?.type ?? ''
  const dtype = numberNameOf(type)
  const offset = value.offset + (storage?.begin ?? 0)
  if (special !== undefined || /^Q/.test(type)) return refused(name, special ?? 'quantised', shape)
  if (storage === undefined || dtype === undefined)
    return refusedTensor(name, type, shape, `expected numbers that are real, got ${type}; save it as float32`)
  checkInside(name, { shape, strides, offset }, storage)
  if (countOf(shape) > storage.count)
    return refusedTensor(name, dtype, shape, 'it repeats its numbers; save a copy of it, tensor.contiguous()')
  const stored = storedIn(name, storage, container)
  return storedTensor(name, dtype, { shape, strides, offset }, { littleEndian: container.littleEndian, bytes: stored })
}

const refused = (name: string, kind: string, shape: readonly number[]): StoredTensor =>
  refusedTensor(
    name,
    kind,
    shape,
    `expected plain numbers, got a ${kind} tensor; save the network before it was ${kind === 'quantised' ? 'quantised' : 'made so'}`,
  )

const checkInside = (
  name: string,
  layout: { readonly shape: readonly number[]; readonly strides: readonly number[]; readonly offset: number },
  storage: Storage,
): void => {
  const { shape, strides, offset } = layout
  if (shape.includes(0)) return
  const last = shape.reduce((place, size, axis) => place + (size - 1) * (strides[axis] ?? 0), offset)
  if (last < storage.count) return
  throw new ImportError(
    `tensor ${shown(name)}: expected ${shownShape(shape)} inside its storage of ${storage.count} numbers, it reaches number ${last}; the file was changed`,
  )
}

/** The bytes of a storage, as many as its description says. */
const storedIn = (name: string, storage: Storage, { storages }: Container): (() => Uint8Array) => {
  const found = storages.get(storage.key)
  const dtype = numberNameOf(storage.type)
  const wanted = storage.count * (dtype === undefined ? 0 : numberFormats[dtype].bytes)
  if (found?.size !== wanted)
    throw new ImportError(
      `tensor ${shown(name)}: expected its storage ${shown(storage.key)} to have ${wanted} bytes, the file has ${found?.size ?? 'none'}`,
    )
  return () => found.bytes()
}
