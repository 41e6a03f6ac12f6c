import { link, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { messageIn } from '../../tests/small-network.ts'
import { objectFolder } from './object-folder.ts'

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  return { ...real, link: vi.fn(real.link) }
})

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-objects-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('objects in a folder', () => {
  it('are absent before they are added and hold their bytes after', async () => {
    const objects = objectFolder(folder)
    expect(await objects.find('a/b')()).toEqual(E.right(undefined))
    expect(await objects.add('a/b', Uint8Array.of(1, 2))()).toEqual(E.right(true))
    expect(await objects.find('a/b')()).toEqual(E.right(Uint8Array.of(1, 2)))
  })

  it('are never changed: of many who add a name at the same time, one is told that it is new', async () => {
    const adding = Array.from({ length: 40 }, (_, i) => objectFolder(folder).add('c/d', Uint8Array.of(i))())
    const told = await Promise.all(adding)
    const first = told.findIndex((each) => E.isRight(each) && each.right)
    expect(told.filter((each) => E.isRight(each) && each.right)).toHaveLength(1)
    expect(Uint8Array.from(await readFile(join(folder, 'c/d')))).toEqual(Uint8Array.of(first))
    expect(await readdir(join(folder, 'c'))).toEqual(['d'])
  })

  it.each(['ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EMLINK'])(
    'are never changed where files have no second names (%s)',
    async (code) => {
      vi.mocked(link).mockRejectedValue(Object.assign(new Error('no links'), { code }))
      const objects = objectFolder(join(folder, code))
      expect(await objects.add('a', Uint8Array.of(1))()).toEqual(E.right(true))
      expect(await objects.add('a', Uint8Array.of(2))()).toEqual(E.right(false))
      expect([await objects.find('a')(), await readdir(join(folder, code))]).toEqual([E.right(Uint8Array.of(1)), ['a']])
      vi.mocked(link).mockRejectedValue(Object.assign(new Error('the disk is full'), { code: 'ENOSPC' }))
      expect(messageIn(await objects.add('b', Uint8Array.of(1))())).toContain('full')
      vi.mocked(link).mockReset()
    },
  )

  it('are listed by their names, those of one folder', async () => {
    const objects = objectFolder(join(folder, 'listed'))
    expect(await objects.list('x')()).toEqual(E.right([]))
    for (const name of ['x/1/a', 'x/b', 'xy/c']) await objects.add(name, Uint8Array.of(1))()
    const names = await objects.list('x')()
    expect(E.isRight(names) && names.right.toSorted()).toEqual(['x/1/a', 'x/b'])
  })

  it('that cannot be read or written are a Left with the path', async () => {
    await writeFile(join(folder, 'file'), '')
    expect(messageIn(await objectFolder(folder).find('a')())).toContain(join(folder, 'a'))
    expect(messageIn(await objectFolder(join(folder, 'file')).add('x', Uint8Array.of(1))())).toContain('file')
  })
})
