import { ImportError } from '@ptu/networks'

import { numberFormats } from '../numbers.ts'
import { shown, shownShape } from '../shown.ts'
import { countOf, refusedTensor, storedTensor, type StoredTensor } from '../stored-tensor.ts'
import type { Container } from './container.ts'
import { numberNameOf } from './storage-types.ts'
import type { Storage, TensorValue } from './value.ts'

/** A tensor of a container under a name. Throws `ImportError` if it does not lie in its storage. */
export const tensorOf = (name: string, value: TensorValue, container: Container): StoredTensor => {
  const { storage, shape, strides, special } = value
  if (special !== undefined || storage === undefined) return notPlain(name, special ?? 'abstract', shape)
  const dtype = numberNameOf(storage.type)
  if (dtype === undefined) return notNumbers(name, storage.type, shape)
  const layout = { shape, strides, offset: value.offset + storage.begin }
  checkInside(name, layout, storage)
  if (countOf(shape) > storage.count)
    return refusedTensor(name, dtype, shape, 'it repeats its numbers; save a copy of it, tensor.contiguous()')
  const bytes = storedIn(name, storage, numberFormats[dtype].bytes, container)
  return storedTensor(name, dtype, layout, { littleEndian: container.littleEndian, bytes })
}

const notPlain = (name: string, kind: string, shape: readonly number[]): StoredTensor =>
  refusedTensor(
    name,
    kind,
    shape,
    `expected plain numbers, got a ${kind} tensor; save the network before it was made so`,
  )

const notNumbers = (name: string, type: string, shape: readonly number[]): StoredTensor =>
  type.startsWith('Q')
    ? notPlain(name, 'quantised', shape)
    : refusedTensor(name, type, shape, `expected numbers that are real, got ${type}; save it as float32`)

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
const storedIn = (name: string, storage: Storage, bytesEach: number, { storages }: Container): (() => Uint8Array) => {
  const found = storages.get(storage.key)
  const wanted = storage.count * bytesEach
  if (found?.size !== wanted)
    throw new ImportError(
      `tensor ${shown(name)}: expected its storage ${shown(storage.key)} to have ${wanted} bytes, the file has ${found?.size ?? 'none'}`,
    )
  return () => found.bytes()
}
