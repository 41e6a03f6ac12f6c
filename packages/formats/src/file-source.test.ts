import { mkdtemp, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { fileSource } from './file-source.ts'

const changed = 'it changed while it was read; read it again'

let folder = ''
const path = (): string => join(folder, 'model.bin')

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-source-'))
  await writeFile(path(), Uint8Array.of(1, 2, 3, 4, 5, 6))
})
afterEach(() => rm(folder, { recursive: true }))

describe('a file as a source', () => {
  it('gives the bytes of a range, and says how many there are', () => {
    const source = fileSource(path())
    expect([source?.length, source?.range(1, 4), source?.range(6, 6)]).toEqual([
      6,
      Uint8Array.of(2, 3, 4),
      new Uint8Array(0),
    ])
  })

  it('is none where the path is that of a folder', () => {
    expect(fileSource(folder)).toBeUndefined()
  })

  it('refuses a range that goes on after its end', () => {
    const source = fileSource(path())
    expect(() => source?.range(4, 7)).toThrow(`cannot read ${path()}: it is shorter than it says; read it again`)
  })

  it('refuses to go on once its time of change alone is another', async () => {
    const source = fileSource(path())
    await utimes(path(), 1, 1)
    expect(() => source?.range(0, 1)).toThrow(changed)
  })

  it('refuses to go on once its size alone is another', async () => {
    const { atime, mtime } = await stat(path())
    await utimes(path(), atime, mtime)
    const source = fileSource(path())
    await writeFile(path(), new Uint8Array(7))
    await utimes(path(), atime, mtime)
    expect(() => source?.range(0, 1)).toThrow(changed)
  })

  it('refuses to go on once another file of the same size and time is in its place', async () => {
    await utimes(path(), 9, 9)
    const source = fileSource(path())
    await writeFile(join(folder, 'other'), new Uint8Array(6))
    await utimes(join(folder, 'other'), 9, 9)
    await rename(join(folder, 'other'), path())
    expect(() => source?.range(0, 1)).toThrow(changed)
  })

  it('says why it cannot be read once it is gone', async () => {
    const source = fileSource(path())
    await rm(path())
    expect(() => source?.range(0, 1)).toThrow(/^cannot read .*model\.bin: .*ENOENT/)
  })
})
