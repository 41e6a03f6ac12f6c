import { zeros } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import type { StoredWeight } from '../stored-weight.ts'
import { ownedIndex, type OwnedWeight } from './owned-weights.ts'
import { weightIndex, type Place } from './weights.ts'

const stored = (name: string): StoredWeight => ({ name, shape: [2], tensor: () => zeros([2]) })
const at = (weight: StoredWeight, role: string): OwnedWeight => ({ weight, role, part: [] })
const layer = (own: string, ...scope: readonly string[]): Place => ({ own, scope })

describe('a weight of a group', () => {
  const shared = stored('dense/vars/0')
  const owned = new Map([
    ['a', [at(shared, '0'), at(stored('dense/vars/1'), '1')]],
    ['inner/b', [at(shared, '0')]],
  ])

  it('is given to the layer that its place says, once', () => {
    const weights = ownedIndex(owned)
    weights(layer('a'))({ kernel: [2] })
    expect(() => weights(layer('b', 'inner'))({ kernel: [2] })).toThrow(
      'weight dense/vars/0: expected one layer to have it, two claim it',
    )
  })

  it('is there for every opening of the file', () => {
    for (const weights of [ownedIndex(owned), ownedIndex(owned)])
      expect(weights(layer('b', 'inner'))({ kernel: [2] }).kernel).toBeTypeOf('function')
  })

  it('is not given to one layer for two of its parts', () => {
    const ask = ownedIndex(owned)(layer('a'))
    ask({ kernel: [2], bias: [2] })
    expect(() => ask({ kernel: [2] })).toThrow('weight dense/vars/0: expected one layer to have it, two claim it')
  })
})

describe('a weight that is found by its name', () => {
  const weights = [stored('a/kernel'), stored('a/bias')]

  it('is given to one of two layers of that name, in the model and in one inside of it', () => {
    const find = weightIndex(weights, undefined)
    find(layer('a'))({ kernel: [2] })
    const inner = find(layer('a', 'inner'))
    expect(() => inner({ kernel: [2] })).toThrow('weight a/kernel: expected one layer to have it, two claim it')
    expect(inner({ bias: [2] }).bias).toBeTypeOf('function')
  })

  it('is there for every opening of the file', () => {
    for (const find of [weightIndex(weights, 'm'), weightIndex(weights, 'm')])
      expect(find(layer('a'))({ kernel: [2] }).kernel).toBeTypeOf('function')
  })
})
