import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { readLayersModel, readTensors } from '../src/node.ts'

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

  it('model.json is refused before it is read, and so is one that names too many files', async () => {
    const found = await readLayersModel(await hollow('model.json', 2 ** 26 + 1))()
    expect(E.isLeft(found) && found.left.message).toContain(`at most ${String(2 ** 26)} bytes`)
    const path = join(folder, 'many.json')
    const paths = Array.from({ length: 10_001 }, (_, i) => `${String(i)}.bin`)
    await writeFile(path, JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths, weights: [] }] }))
    const many = await readLayersModel(path)()
    expect(E.isLeft(many) && many.left.message).toContain('10000')
  })
})
