import { ImportError } from '@ptu/networks'

import { countOf } from '../stored-tensor.ts'
import { dataspaceAt, datatypeAt } from './datatype.ts'
import type { Message } from './messages.ts'
import { textOf, type Hdf5Reader } from './reader.ts'

/** Attributes of more texts are refused. */
const mostTexts = 100_000

const padded = (size: number, to: number): number => Math.ceil(size / to) * to

/** The name of an attribute and its texts; of an attribute of something else there are none. */
export const attributeAt = (reader: Hdf5Reader, { at }: Message): readonly [string, readonly string[]] => {
  const version = reader.uint(at, 1)
  if (version < 1 || version > 3)
    throw new ImportError(`expected an attribute at ${at} of the HDF5 file, got version ${version}`)
  const sizes = [2, 4, 6].map((offset) => reader.uint(at + offset, 2))
  const [name = 0, type = 0, space = 0] = sizes.map((size) => (version === 1 ? padded(size, 8) : size))
  const start = at + (version === 3 ? 9 : 8)
  const text = textOf(reader.range(start, sizes[0] ?? 0))
  const data = start + name + type + space
  return [text, textsAt(reader, start + name, dataspaceAt(reader, start + name + type), data)]
}

const textsAt = (reader: Hdf5Reader, type: number, shape: readonly number[], data: number): readonly string[] => {
  const datatype = datatypeAt(reader, type)
  const { kind, size } = datatype
  const count = countOf(shape)
  if (kind !== 'text' && kind !== 'texts') return []
  if (count > mostTexts)
    throw new ImportError(`expected attributes of at most ${mostTexts} texts in the HDF5 file, got ${count}`)
  const whole = reader.range(data, count * size)
  return Array.from({ length: count }, (_, i) =>
    kind === 'text' ? textOf(whole.subarray(i * size, (i + 1) * size)) : heapText(reader, data + i * size),
  )
}

/** A text of any length: its length, the address of its heap and its place there. */
const heapText = (reader: Hdf5Reader, at: number): string => {
  const [length, heap, place] = [reader.uint(at, 4), reader.uint(at + 4, 8), reader.uint(at + 12, 4)]
  if (length === 0 || place === 0) return ''
  reader.expectName(heap, 'GCOL')
  const end = heap + reader.uint(heap + 8, 8)
  for (let object = heap + 16; object + 16 <= end;) {
    reader.work()
    const [index, size] = [reader.uint(object, 2), reader.uint(object + 8, 8)]
    if (index === 0) break
    if (index === place) return new TextDecoder().decode(reader.range(object + 16, Math.min(length, size)))
    object += 16 + padded(size, 8)
  }
  throw new ImportError(`expected a text in the heap at ${heap} of the HDF5 file, there is none: it is damaged`)
}
