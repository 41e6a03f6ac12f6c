import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { checkFolder, writeFolder } from './write-folder.ts'

let box = ''

beforeEach(async () => {
  box = await mkdtemp(join(tmpdir(), 'ptu-write-folder-'))
})
afterEach(async () => rm(box, { recursive: true }))

const problemOf = async (names: readonly string[], replaces: boolean): Promise<string | undefined> => {
  const path = join(box, 'out')
  await mkdir(path, { recursive: true })
  for (const name of names) await writeFile(join(path, name), 'x')
  const found = await checkFolder({ path, own: ['a', 'b'], replaces })()
  return E.isLeft(found) ? found.left.message.replaceAll(path, 'OUT') : undefined
}

describe('a folder to write to', () => {
  it('may be absent or empty', async () => {
    expect(await checkFolder({ path: join(box, 'new'), own: [], replaces: false })()).toEqual(E.right(undefined))
    expect(await problemOf([], false)).toBeUndefined()
  })

  it('may hold its own files where they are to be replaced', async () => {
    expect(await problemOf(['a'], false)).toBe(
      'expected OUT to be empty, it holds a; replace it with --replace, or name another --out',
    )
    expect(await problemOf(['a', 'b'], true)).toBeUndefined()
  })

  it('may not hold other files, three of which are named', async () => {
    expect(await problemOf(['a', 'c', 'd', 'e', 'f'], true)).toBe(
      'expected OUT to be empty, it holds c, d, e; name another --out',
    )
  })

  it('is no file', async () => {
    const path = join(box, 'file')
    await writeFile(path, 'x')
    const found = await checkFolder({ path, own: [], replaces: true })()
    expect(E.isLeft(found) && found.left.message).toMatch(/^cannot write to .*; name another folder with --out$/)
  })
})

describe('writing a folder', () => {
  const files = new Map<string, Uint8Array | string>([
    ['a', 'text'],
    ['b', Uint8Array.of(1, 2)],
  ])

  it('replaces all that was there, through a link too, and leaves nothing beside it', async () => {
    const path = join(box, 'out')
    await mkdir(path)
    await writeFile(join(path, 'old'), 'x')
    await symlink(path, join(box, 'link'))
    expect(await writeFolder(join(box, 'link'), files)()).toEqual(E.right(undefined))
    expect((await readdir(path)).toSorted()).toEqual(['a', 'b'])
    expect([await readFile(join(path, 'a'), 'utf8'), [...(await readFile(join(path, 'b')))]]).toEqual(['text', [1, 2]])
    expect((await readdir(box)).toSorted()).toEqual(['link', 'out'])
  })

  it('leaves what was there where it fails', async () => {
    const path = join(box, 'out')
    await mkdir(path)
    await writeFile(join(path, 'old'), 'x')
    const found = await writeFolder(path, new Map([['n'.repeat(300), 'x']]))()
    expect(E.isLeft(found) && found.left.message).toMatch(/^cannot write .*out: /)
    expect(await readdir(path)).toEqual(['old'])
    expect(await readdir(box)).toEqual(['out'])
  })
})
