import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { readLayersModel } from '../src/node.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-sibling-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('weights of a tf.LayersModel are not read from a folder whose name begins like its own', async () => {
  for (const name of ['model', 'model-2']) await mkdir(join(folder, name))
  await writeFile(join(folder, 'model-2', 'w.bin'), new Uint8Array(4))
  await symlink(join(folder, 'model-2', 'w.bin'), join(folder, 'model', 'w.bin'))
  const description = {
    modelTopology: {},
    weightsManifest: [{ paths: ['w.bin'], weights: [{ name: 'a', shape: [1], dtype: 'float32' }] }],
  }
  await writeFile(join(folder, 'model', 'model.json'), JSON.stringify(description))
  const read = await readLayersModel(join(folder, 'model', 'model.json'))()
  expect(E.isLeft(read) && read.left.message).toContain('w.bin is a link that leaves it')
})
