import { ImportError } from '@ptu/networks'

import { isUndefined, textOf, type Hdf5Reader } from './reader.ts'

/** Trees of more levels are refused. */
const deepest = 8

/** The children of a group: the address of each one's header by its name. */
export const linksAt = (reader: Hdf5Reader, tree: number, heap: number): ReadonlyMap<string, number> => {
  reader.expectName(heap, 'HEAP')
  const names = reader.range(reader.uint(heap + 24, 8), reader.uint(heap + 8, 8))
  const found = new Map<string, number>()
  const symbols = (at: number): void => {
    reader.expectName(at, 'SNOD')
    const count = reader.uint(at + 6, 2)
    for (let entry = at + 8; entry < at + 8 + 40 * count; entry += 40) {
      reader.work()
      const name = reader.uint(entry, 8)
      if (name >= names.length)
        throw new ImportError('expected names inside of their heap in the HDF5 file: it is damaged')
      const isLink = reader.uint(entry + 16, 4) === 2
      if (!isLink) found.set(textOf(names.subarray(name)), reader.uint(entry + 8, 8))
    }
  }
  const node = (at: number, depth: number): void => {
    if (depth > deepest) throw new ImportError(`expected groups of at most ${deepest} levels in the HDF5 file`)
    reader.work()
    reader.expectName(at, 'TREE')
    const [level, count] = [reader.uint(at + 5, 1), reader.uint(at + 6, 2)]
    for (let i = 0; i < count; i++) {
      const child = reader.uint(at + 24 + 8 + 16 * i, 8)
      if (level === 0) symbols(child)
      else node(child, depth + 1)
    }
  }
  if (!isUndefined(reader, tree)) node(tree, 0)
  return found
}
