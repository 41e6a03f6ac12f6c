import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { readTensors } from '../src/node.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-limits-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A file of so many bytes that takes no room on the disk. */
const hollow = async (name: string, bytes: number): Promise<string> => {
  const path = join(folder, name)
  const file = await open(path, 'w')
  await file.truncate(bytes)
  await file.close()
  return path
}

describe('a file that is too large', () => {
  it.each([
    ['model.safetensors.index.json', 2 ** 26],
    ['weights.bin', 2 ** 32],
  ])('%s is refused before it is read', async (name, most) => {
    const found = await readTensors(await hollow(name, most + 1))()
    expect(E.isLeft(found) && found.left.message).toContain(`at most ${String(most)} bytes`)
  })
})
