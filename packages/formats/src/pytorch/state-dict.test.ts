import { describe, expect, it } from 'vitest'

import { findStateDict } from './state-dict.ts'
import type { Dict, Storage, TensorValue, Value } from './value.ts'
import { stateDictWorld } from './world.ts'

const storage: Storage = { kind: 'storage', key: '0', type: 'Float', count: 1, begin: 0 }
const one: TensorValue = { kind: 'tensor', storage, offset: 0, shape: [1], strides: [1] }
const dict = (entries: Readonly<Record<string, Value>>): Dict => ({
  kind: 'dict',
  entries: new Map(Object.entries(entries)),
})

describe('a state_dict', () => {
  it('loses what wrappers put before every name, however many there are', () => {
    const { tensors, prefix } = findStateDict(dict({ 'module.model.a': one, 'module.model.b.c': one }))
    expect([tensors.map(([name]) => name), prefix]).toEqual([['a', 'b.c'], 'module.model.'])
  })

  it('keeps its names where one begins otherwise', () => {
    expect(findStateDict(dict({ 'module.a': one, b: one })).prefix).toBe('')
  })

  it('is the first of those that a checkpoint may hold', () => {
    const found = findStateDict(dict({ model: dict({ b: one }), state_dict: dict({ a: one, step: 3 }) }))
    expect([found.tensors.map(([name]) => name), found.path, found.others]).toEqual([
      ['a'],
      ['state_dict'],
      ['step', 'model'],
    ])
  })
})

describe('a reference to a storage', () => {
  const tuple = (...items: readonly Value[]): Value => ({ kind: 'tuple', items })
  it('may be of a view of it, as PyTorch before 0.4 wrote', () => {
    const type: Value = { kind: 'global', name: 'torch.FloatStorage' }
    const id = tuple('storage', type, '7', 'cpu', 9, tuple('8', 2, 3))
    expect(stateDictWorld.persistent(id)).toEqual({ kind: 'storage', key: '7', type: 'Float', count: 9, begin: 2 })
  })
})
