import { ImportError } from '@ptu/networks'

import { shown } from '../shown.ts'
import type { World } from './machine.ts'
import { described, isKind, itemsOf, type TensorValue, type Value } from './value.ts'

type Meaning = (args: readonly Value[]) => Value

const sizesOf = (value: Value | undefined, what: string): readonly number[] => {
  const items = itemsOf(value)
  if (items === undefined || items.length > 8 || !items.every((item): item is number => isCount(item)))
    throw new ImportError(`expected the ${what} of a tensor to be up to 8 integers from 0, got ${described(value)}`)
  return items
}

const isCount = (value: Value | undefined): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const countOf = (value: Value | undefined, what: string): number => {
  if (!isCount(value)) throw new ImportError(`expected ${what} to be an integer from 0, got ${described(value)}`)
  return value
}

const rebuilt: Meaning = ([storage, offset, size, stride]) => {
  if (!isKind(storage, 'storage')) throw new ImportError(`expected a storage of a tensor, got ${described(storage)}`)
  const [shape, strides] = [sizesOf(size, 'size'), sizesOf(stride, 'stride')]
  if (shape.length !== strides.length)
    throw new ImportError(`expected a stride for each of the ${shape.length} axes of a tensor, got ${strides.length}`)
  return { kind: 'tensor', storage, offset: countOf(offset, 'the offset of a tensor'), shape, strides }
}

const parameter: Meaning = ([data]) => {
  if (!isKind(data, 'tensor')) throw new ImportError(`expected a parameter to be a tensor, got ${described(data)}`)
  return data
}

/** A tensor that is listed and cannot be read. Its size follows its storage and offset if it has one. */
const special =
  (name: string): Meaning =>
  (args): TensorValue => {
    const [first] = args
    const sizes = itemsOf(args[2])?.filter(isCount) ?? []
    const storage = isKind(first, 'storage') ? first : undefined
    return { kind: 'tensor', storage, offset: 0, shape: sizes.slice(0, 8), strides: [], special: name }
  }

const dictionary: Meaning = ([pairs]) => {
  const entries = (itemsOf(pairs) ?? []).map((pair) => {
    const [key, value] = itemsOf(pair) ?? []
    if (key === undefined || value === undefined) throw new ImportError('expected a dictionary to be made of pairs')
    return [key, value] as const
  })
  return { kind: 'dict', entries: new Map(entries) }
}

const sequence: Meaning = ([items]) => ({ kind: 'tuple', items: itemsOf(items) ?? [] })

/** The meaning of each known name: a function of its arguments. */
const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['collections.OrderedDict', dictionary],
  ['torch.Size', sequence],
  ['torch.device', ([device]) => device ?? null],
  ['torch._utils._rebuild_tensor', rebuilt],
  ['torch._utils._rebuild_tensor_v2', rebuilt],
  ['torch._utils._rebuild_parameter', parameter],
  ['torch._utils._rebuild_qtensor', special('quantised')],
  ['torch._utils._rebuild_sparse_tensor', special('sparse')],
  ['torch._utils._rebuild_meta_tensor_no_storage', special('without numbers')],
])

const whole = /^(?:__main__|torch\.nn|torchvision|timm)\b/

const unknown = (name: string): never => {
  throw new ImportError(
    whole.test(name)
      ? `expected a state_dict, the file holds a whole model (${shown(name)}), which only its own code can open; in Python: torch.save(model.state_dict(), 'weights.pth')`
      : `expected a state_dict, the file asks for ${shown(name)}, which no state_dict needs; nothing was run; if you trust the file, save its tensors alone: torch.save(model.state_dict(), 'weights.pth')`,
  )
}

/** A storage as its file refers to it: `('storage', class, key, device, count[, (key of a view, begin, count)])`. */
const storageOf = (id: Value): Value => {
  const [kind, type, key, , count, view] = itemsOf(id) ?? []
  if (kind !== 'storage' || !isKind(type, 'global') || typeof key !== 'string')
    throw new ImportError(`expected a reference to a storage, got ${described(id)}`)
  const name = /^torch\.(?:cuda\.|storage\.)?(?<name>\w+)Storage$/.exec(type.name)?.groups?.['name']
  if (name === undefined) return unknown(type.name)
  const begin = itemsOf(view)?.[1] ?? 0
  return {
    kind: 'storage',
    key,
    type: name,
    count: countOf(count, 'the size of a storage'),
    begin: countOf(begin, 'the begin of a view of a storage'),
  }
}

/** The world of a `state_dict`: tensors, dictionaries and storages, and no other name. */
export const stateDictWorld: World = {
  apply: (name, args) => (meanings.get(name) ?? (() => unknown(name)))(args),
  persistent: storageOf,
}

/** A world in which nothing has a meaning, for pickles of numbers and texts. */
export const emptyWorld: World = {
  apply: unknown,
  persistent: () => unknown('a storage'),
}
