import { number, struct } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { messageIn } from '../../tests/small-network.ts'
import { UsageError } from '../errors.ts'
import { agree, digestOf, memoryStore, shelfIn, type Store } from './store.ts'

const decoder = struct({ value: number() })

describe('the digest of a value', () => {
  it('does not depend on the order of fields, and does on every value', async () => {
    const digest = await digestOf({ a: 1, b: [2, 3] })
    expect(digest).toMatch(/^[0-9a-f]{16}$/)
    expect(await digestOf({ b: [2, 3], a: 1 })).toBe(digest)
    expect(await digestOf({ a: 1, b: [3, 2] })).not.toBe(digest)
    expect(await digestOf({ a: 1, b: [2, 3], c: null })).not.toBe(digest)
  })
})

describe('a shelf', () => {
  const shelfWith = (store: Store, record: Readonly<Record<string, number>>): ReturnType<typeof shelfIn> =>
    shelfIn(store, 'jobs', record, decoder)

  it('gives back what was kept under the same record and name', async () => {
    const store = memoryStore()
    expect(await shelfWith(store, { steps: 1 }).keep('a', { value: 2 })()).toEqual(E.right(undefined))
    expect(await shelfWith(store, { steps: 1 }).find('a')).toEqual({ value: 2 })
    expect(await shelfWith(store, { steps: 1 }).find('b')).toBeUndefined()
  })

  it('does not find what was kept under another record', async () => {
    const store = memoryStore()
    await shelfWith(store, { steps: 1 }).keep('a', { value: 2 })()
    expect(await shelfWith(store, { steps: 2 }).find('a')).toBeUndefined()
    expect(await shelfWith(store, { steps: 1, more: 0 }).find('a')).toBeUndefined()
  })

  it('does not take a document that was copied over another name', async () => {
    const store = memoryStore()
    await shelfWith(store, { steps: 1 }).keep('a', { value: 2 })()
    await store.keep('jobs/b', (await store.find('jobs/a')) ?? null)()
    expect(await shelfWith(store, { steps: 1 }).find('b')).toBeUndefined()
  })

  it('does not take a document that is damaged', async () => {
    const store = memoryStore()
    const shelf = shelfWith(store, { steps: 1 })
    await shelf.keep('a', { value: 2 })()
    const { digest = null } = (await store.find('jobs/a')) as { readonly digest?: string }
    for (const damaged of [
      null,
      3,
      [],
      {},
      { digest },
      { digest, value: { value: 3 } },
      { digest, value: { value: 'two' } },
      { value: { value: 2 } },
    ]) {
      await store.keep('jobs/a', damaged)()
      expect(await shelf.find('a'), JSON.stringify(damaged)).toBeUndefined()
    }
  })
})

describe('the settings of a run that goes on', () => {
  it('are kept where there are none, and agree with themselves in any order', async () => {
    const store = memoryStore()
    expect(await agree(store, 'settings', { steps: 1, rates: [1, 2] })()).toEqual(E.right(undefined))
    expect(await store.find('settings')).toEqual({ steps: 1, rates: [1, 2] })
    expect(await agree(store, 'settings', { rates: [1, 2], steps: 1 })()).toEqual(E.right(undefined))
  })

  it('are told apart field by field: what is there, what is now, what to do', async () => {
    const store = memoryStore()
    await agree(store, 'settings', { steps: 1, rates: [1, 2], seed: 0, old: true })()
    const refused = await agree(store, 'settings', { steps: 1, rates: [2, 1], seed: 5, long: 'x'.repeat(200) })()
    expect(E.isLeft(refused) && refused.left instanceof UsageError).toBe(true)
    const message = messageIn(refused)
    expect(message).toContain('use these or another --out')
    expect(message).toContain('\n  rates: [1,2] there, [2,1] now')
    expect(message).toContain('\n  seed: 0 there, 5 now')
    expect(message).toContain('\n  old: true there, nothing now')
    expect(message).toContain(`\n  long: nothing there, "${'x'.repeat(79)}… now`)
    expect(message).not.toContain('steps')
    expect(await store.find('settings')).toMatchObject({ seed: 0 })
  })

  it('are refused where the document there is no record', async () => {
    const store = memoryStore()
    await store.keep('settings', 'something else')()
    expect(messageIn(await agree(store, 'settings', { seed: 0 })())).toContain('seed: nothing there, 0 now')
  })
})
