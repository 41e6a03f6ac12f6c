import { integer } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { right } from '../../tests/right.ts'
import { agree, digestOf, memoryStore, shelfIn, type RunRecord } from './store.ts'

const record: RunRecord = { shots: 5, 'target data': 'abc' }
const number = integer()

describe('a shelf', () => {
  it('gives back what was kept under a name and a record', async () => {
    const shelf = shelfIn(memoryStore(), 'jobs', record, number)
    right(await shelf.keep('seed0-ptu', 7)())
    expect(await shelf.find('seed0-ptu')).toBe(7)
    expect(await shelf.find('seed1-ptu')).toBeUndefined()
  })

  it('does not find what was kept under another record', async () => {
    const store = memoryStore()
    right(await shelfIn(store, 'jobs', record, number).keep('seed0-ptu', 7)())
    const other = shelfIn(store, 'jobs', { ...record, 'target data': 'abd' }, number)
    expect(await other.find('seed0-ptu')).toBeUndefined()
  })

  it('does not take one job for another whose document lies in its place', async () => {
    const store = memoryStore()
    const shelf = shelfIn(store, 'jobs', record, number)
    right(await shelf.keep('seed0-ptu', 7)())
    right(await store.keep('jobs/seed1-ptu', (await store.find('jobs/seed0-ptu')) ?? null)())
    expect(await shelf.find('seed1-ptu')).toBeUndefined()
  })

  it('does not find what does not decode', async () => {
    const store = memoryStore()
    const digest = await digestOf({ record, name: 'a' })
    right(await store.keep('jobs/a', { digest, value: 7 })())
    right(await store.keep('jobs/b', { digest, value: 'seven' })())
    expect(await shelfIn(store, 'jobs', record, number).find('a')).toBe(7)
    for (const broken of [null, [], 'x', { digest, value: 'seven' }]) {
      right(await store.keep('jobs/a', broken)())
      expect(await shelfIn(store, 'jobs', record, number).find('a')).toBeUndefined()
    }
  })
})

describe('a run that goes on', () => {
  it('is agreed with where its record is equal, and refused by name where it is not', async () => {
    const store = memoryStore()
    expect(await agree(store, 'settings', record)()).toEqual(E.right(undefined))
    expect(await agree(store, 'settings', { ...record })()).toEqual(E.right(undefined))
    const other = await agree(store, 'settings', { ...record, shots: 6 })()
    expect(E.isLeft(other) && other.left.message).toContain('shots: 5 there, 6 now')
  })
})
