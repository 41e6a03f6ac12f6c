import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { cacheFolder } from './cache-folder.ts'
import { modelPlaces, thisMachine, type Machine } from './machine.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-cache-'))
  await writeFile(join(folder, 'file'), '')
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

describe('cacheFolder', () => {
  it('makes the preferred folder and leaves nothing in it', async () => {
    const preferred = join(folder, 'a/b')
    expect(await cacheFolder(preferred, [join(folder, 'c')])()).toEqual({
      _tag: 'Right',
      right: { folder: preferred, warnings: [] },
    })
    expect(await readdir(preferred)).toEqual([])
    expect((await readdir(folder)).toSorted()).toEqual(['a', 'file'])
  })

  it('takes the first that can be written to, and says why not the others', async () => {
    const [a, b, c, d] = ['file/a', 'file/b', 'c', 'd'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
      string,
    ]
    expect(await cacheFolder(a, [b, c, d])()).toMatchObject({
      right: {
        folder: c,
        warnings: [
          expect.stringMatching(`${a}.*; ${c} is used instead$`),
          expect.stringMatching(`${b}.*; ${c} is used`),
        ],
      },
    })
  })

  it.skipIf(process.platform !== 'linux')('passes over a folder that is there and cannot be written to', async () => {
    const outcome = await cacheFolder('/proc', [folder])()
    expect(outcome).toMatchObject({ right: { folder, warnings: [expect.stringContaining('cannot write to /proc')] } })
  })

  it('says so where none can be written to', async () => {
    const [a, b] = [join(folder, 'file/a'), join(folder, 'file/b')]
    expect(await cacheFolder(a, [b])()).toMatchObject({
      left: {
        name: 'RunError',
        message: expect.stringMatching(`${a}.*${b}.*; name a folder that can be written to`) as string,
      },
    })
  })
})

describe('the folders of models', () => {
  const on = (platform: NodeJS.Platform, variables: Machine['variables']): readonly string[] =>
    modelPlaces({ platform, home: '/home/ada', temporary: '/tmp/ada', variables }, '.').folders

  it.each<[NodeJS.Platform, Machine['variables'], string]>([
    ['linux', {}, '/home/ada/.cache/ptu/models'],
    ['linux', { XDG_CACHE_HOME: '/cache' }, '/cache/ptu/models'],
    ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/ada/.cache/ptu/models'],
    ['linux', { PTU_MODELS: '' }, '/home/ada/.cache/ptu/models'],
    ['freebsd', {}, '/home/ada/.cache/ptu/models'],
    ['darwin', { XDG_CACHE_HOME: '/cache' }, '/home/ada/Library/Caches/ptu/models'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/ptu/models'],
    ['win32', {}, '/home/ada/AppData/Local/ptu/models'],
  ])('on %s with %j begin with %s', (platform, variables, path) => {
    expect(on(platform, variables)).toEqual([path, '/tmp/ada/models'])
  })

  it('are the one of PTU_MODELS alone where that is set', () => {
    expect(on('linux', { XDG_CACHE_HOME: '/cache', PTU_MODELS: '/models' })).toEqual(['/models'])
  })

  it('are known on this machine, with packages looked for in the working folder', () => {
    const { folders, from } = modelPlaces({ ...thisMachine(), variables: {} }, '/work')
    expect(folders[0]).toContain(thisMachine().home)
    expect(folders[1]).toContain(tmpdir())
    expect(from).toBe('/work')
  })
})
