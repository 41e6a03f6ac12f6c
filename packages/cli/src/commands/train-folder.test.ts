import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, type Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox

beforeAll(async () => {
  box = await openSandbox()
})
afterAll(() => box.remove())

describe('the folder of a training', () => {
  it('is left alone where it holds something, with two ways to go on', async () => {
    await mkdir(join(box.folder, 'mine'))
    await writeFile(join(box.folder, 'mine/notes.txt'), 'keep me')
    const outcome = await box.ptu('train @to.csv --label kind --steps 10 --backend cpu --out @mine')
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toMatch(/mine.*; go on with the training in it with --resume, or name another --out/)
    expect(await readdir(join(box.folder, 'mine'))).toEqual(['notes.txt'])
    expect(await readFile(join(box.folder, 'mine/notes.txt'), 'utf8')).toBe('keep me')
  })

  it('that is a file is an error of the machine, not of the command line', async () => {
    await writeFile(join(box.folder, 'taken'), 'keep me')
    const outcome = await box.ptu('train @to.csv --label kind --steps 10 --backend cpu --out @taken')
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).not.toContain('--resume')
    expect(await readFile(join(box.folder, 'taken'), 'utf8')).toBe('keep me')
  })
})
