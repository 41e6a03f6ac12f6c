import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { UsageError } from '@ptu/experiments'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { pathsOf } from './predict-paths.ts'

let cwd = ''

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ptu-paths-'))
  await mkdir(join(cwd, 'new/more'), { recursive: true })
  for (const name of ['new/b.jpg', 'new/a.jpg', 'new/more/c.jpg', 'new/.hidden', 'new/note.txt', 'odd[1].jpg'])
    await writeFile(join(cwd, name), '')
})
afterAll(() => rm(cwd, { recursive: true }))

const found = async (
  inputs: readonly string[],
  lines: readonly string[] = [],
  out?: string,
): Promise<readonly string[]> => {
  const listed: string[] = []
  const place = {
    ...{ cwd, out },
    lines: async function* () {
      for (const line of lines) yield await Promise.resolve(line)
    },
  }
  for await (const path of pathsOf(inputs, place)) listed.push(path.slice(cwd.length + 1))
  return listed
}

describe('the paths of a prediction', () => {
  it('are files as they are named and all files of folders, hidden ones left out', async () => {
    expect(await found(['none.jpg', 'new', 'new/b.jpg'])).toEqual([
      'none.jpg',
      'new/a.jpg',
      'new/b.jpg',
      'new/more/c.jpg',
      'new/note.txt',
      'new/b.jpg',
    ])
  })

  it('are those that match a pattern which the shell did not expand', async () => {
    expect(await found(['new/*.jpg'])).toEqual(['new/a.jpg', 'new/b.jpg'])
    expect(await found(['new/**/*.jpg'])).toEqual(['new/a.jpg', 'new/b.jpg', 'new/more/c.jpg'])
    await expect(found(['new/*.png'])).rejects.toThrow(UsageError)
  })

  it('are a file where its name looks like a pattern', async () => {
    expect(await found(['odd[1].jpg'])).toEqual(['odd[1].jpg'])
  })

  it('are the lines of the standard input where - stands', async () => {
    expect(await found(['-', 'new/b.jpg'], ['new/a.jpg', '', 'new/more'])).toEqual([
      'new/a.jpg',
      'new/more/c.jpg',
      'new/b.jpg',
    ])
  })

  it.each(['new/a.jpg', 'new/link.jpg'])('are refused where one of them is written meanwhile: %s', async (out) => {
    await symlink('a.jpg', join(cwd, 'new/link.jpg'))
    await expect(found(['new/b.jpg', 'new'], [], out)).rejects.toThrow(
      `--out: expected another file than those that are read, got ${out}`,
    )
    await rm(join(cwd, 'new/link.jpg'))
    expect(await found(['new/b.jpg'], [], 'labels.csv')).toEqual(['new/b.jpg'])
  })
})
