import { ImportError } from '@ptu/networks'
import { FileError } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { cutPoints } from '../src/index.ts'
import { readLayersModel } from '../src/node.ts'
import { good, goodBytes } from './layers-model-graphs.ts'

describe('files', () => {
  const place = { folder: '' }
  beforeAll(async () => {
    place.folder = await mkdtemp(join(tmpdir(), 'ptu-'))
    await mkdir(join(place.folder, 'model'))
    await writeFile(join(place.folder, 'secret.bin'), goodBytes)
    await symlink(join(place.folder, 'secret.bin'), join(place.folder, 'model', 'link.bin'))
    await writeFile(join(place.folder, 'model', 'w1.bin'), goodBytes.subarray(0, 100))
    await writeFile(join(place.folder, 'model', 'w2.bin'), goodBytes.subarray(100))
    await writeFile(join(place.folder, 'model', 'large.bin'), new Uint8Array(10_000))
  })
  afterAll(() => rm(place.folder, { recursive: true }))

  const reading = async (content: unknown): Promise<E.Either<Error, unknown>> => {
    const path = join(place.folder, 'model', 'model.json')
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
    return readLayersModel(path)()
  }
  const withPaths = (...paths: readonly unknown[]): object => ({
    ...good,
    weightsManifest: (good['weightsManifest'] as object[]).map((group) => ({ ...group, paths })),
  })

  it('are read, in parts', async () => {
    const read = await reading(withPaths('w1.bin', 'w2.bin'))
    if (E.isLeft(read)) throw read.left
    expect(E.isRight(cutPoints(read.right as never))).toBe(true)
  })

  it.each<readonly [string, unknown, string]>([
    ['a path out of the folder', '../secret.bin', "inside the model's folder"],
    ['a path out of the folder and back', 'a/../../secret.bin', "inside the model's folder"],
    ['an absolute path', '/etc/passwd', "inside the model's folder"],
    ['a path of another system', 'C:\\secret.bin', "inside the model's folder"],
    ['an address', 'https://example.org/w.bin', 'nothing is fetched'],
    ['a path that is none', 7, "inside the model's folder"],
    ['a link out of the folder', 'link.bin', 'a link that leaves it'],
    ['a file that is larger than it says', 'large.bin', 'expected at most 176 bytes'],
    ['a file that is missing', 'nowhere.bin', 'it does not exist'],
    ['a file that is cut', 'w1.bin', 'expected 176 bytes of weights'],
  ])('with %s are refused', async (_what, path, message) => {
    const read = await reading(withPaths(path))
    expect(E.isLeft(read) && read.left.message).toContain(message)
  })

  it('that are no JSON, or cut, are refused', async () => {
    const read = await reading(JSON.stringify(good).slice(0, 200))
    expect(E.isLeft(read) && read.left.message).toContain('model.json: expected JSON')
    expect(E.isLeft(read) && (read.left instanceof ImportError || read.left instanceof FileError)).toBe(true)
  })
})
