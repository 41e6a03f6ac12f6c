import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { digestsOf, matching } from './matching-files.ts'

let box = ''
const bytes = Uint8Array.of(1, 2, 3)

beforeEach(async () => {
  box = await mkdtemp(join(tmpdir(), 'ptu-matching-'))
})
afterEach(async () => rm(box, { recursive: true }))

const matches = async (document: unknown): Promise<boolean> => {
  if (document !== undefined) await writeFile(join(box, 'model.json'), JSON.stringify(document))
  return E.isRight(await matching(join(box, 'a'), bytes)())
}

describe('a file beside a model.json', () => {
  it('is the one that the model.json was made with, where that says so', async () => {
    const digests = await digestsOf({ a: bytes, b: Uint8Array.of(4) })
    const of = (sha256: unknown) => ({ userDefinedMetadata: { ptu: { sha256 } } })
    expect(Object.values(digests).map((digest) => digest.length)).toEqual([64, 64])
    expect(await matches(undefined)).toBe(true)
    expect(await matches(of(digests))).toBe(true)
    expect(await matches(of({ a: digests['b'] }))).toBe(false)
    for (const other of [of({ b: digests['b'] }), of({ a: 3 }), of(null), { userDefinedMetadata: 1 }, []])
      expect(await matches(other)).toBe(true)
    await matches(of({ a: digests['b'] }))
    const found = await matching(join(box, 'a'), bytes)()
    expect(E.isLeft(found) && found.left.message).toContain('one of the two was replaced')
  })
})
