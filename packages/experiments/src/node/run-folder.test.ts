import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { messageIn, rightOf, smallNetwork } from '../../tests/small-network.ts'
import { fileStore, networkFolder, readDocument } from './file-store.ts'
import { nodeTools } from './node-tools.ts'
import { openRunFolder, type FolderOptions } from './run-folder.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-folder-'))
})
afterEach(() => rm(folder, { recursive: true }))

const open = (options: Partial<FolderOptions> = {}, path = folder) =>
  openRunFolder(path, { resume: false, replace: false, ...options })()

const fill = async (...names: readonly string[]): Promise<void> => {
  for (const name of names) await writeFile(join(folder, name), '{}')
}

describe('the folder of a run', () => {
  it('is made where it is missing, with those above it', async () => {
    expect(await open({}, join(folder, 'a/b'))).toEqual(E.right(undefined))
    expect(await readdir(join(folder, 'a/b'))).toEqual([])
  })

  it('counts as empty after a run without any result', async () => {
    await fill('settings.json')
    expect(await open()).toEqual(E.right(undefined))
    expect(await readdir(folder)).toEqual([])
  })

  it('is not touched where it holds a run, unless that goes on or is replaced', async () => {
    await fill('settings.json', 'results.json')
    await mkdir(join(folder, 'jobs'))
    const there = await readdir(folder)
    expect(messageIn(await open())).toContain('--resume')
    expect(await open({ resume: true })).toEqual(E.right(undefined))
    expect(await readdir(folder)).toEqual(there)
    await fill('mine.txt')
    expect(await open({ replace: true })).toEqual(E.right(undefined))
    expect(await readdir(folder)).toEqual(['mine.txt'])
  })

  it('is never cleared where it holds no run', async () => {
    await fill('thesis.tex', 'results.json')
    expect(messageIn(await open({ replace: true }))).toBe(
      `expected ${folder} to be empty, it holds results.json, thesis.tex; name another --out`,
    )
    expect(await readdir(folder)).toHaveLength(2)
  })

  it('is told to be named anew where it cannot be made', async () => {
    await fill('file')
    expect(messageIn(await open({}, join(folder, 'file/under')))).toContain('name another folder with --out')
  })
})

describe('a store in a folder', () => {
  it('keeps documents by name, and finds none that is damaged', async () => {
    const store = fileStore(folder)
    expect(await store.find('jobs/a')).toBeUndefined()
    expect(await store.keep('jobs/a', { steps: 1 })()).toEqual(E.right(undefined))
    expect(await fileStore(folder).find('jobs/a')).toEqual({ steps: 1 })
    expect(await readFile(join(folder, 'jobs/a.json'), 'utf8')).toBe('{\n  "steps": 1\n}\n')
    await writeFile(join(folder, 'jobs/a.json'), '{ "steps": ')
    expect(await store.find('jobs/a')).toBeUndefined()
    expect(E.isLeft(await readDocument(join(folder, 'jobs/a.json'))())).toBe(true)
  })

  it('has a path for each checkpoint', () => {
    expect(fileStore(folder).checkpoint('seed0-ptu')).toBe(join(folder, 'checkpoints/seed0-ptu.safetensors'))
  })

  it('keeps networks as the bytes of their files', async () => {
    const network = await smallNetwork()
    const store = networkFolder(folder)
    expect(await store.find('a')).toBeUndefined()
    expect(await store.keep('a', network)()).toEqual(E.right(undefined))
    expect(await store.find('a')).toEqual(Uint8Array.from(network.bytes))
    expect(await readdir(folder)).toEqual(['a.safetensors'])
  })
})

describe('the tools of a run', () => {
  it('are one worker on this thread unless more are asked for, the usual methods, and those of modules', async () => {
    const path = join(folder, 'mine.mjs')
    await writeFile(path, "export const method = { name: 'mine', role: 'control', trials: () => [], plan: () => [] }")
    const tools = rightOf(await nodeTools({ folder, cache: folder, modules: [path] })())
    const setup = { backend: 'cpu', modules: [], signal: tools.signal, warn: tools.warn }
    const workers = tools.executor(setup)
    expect(workers).toHaveLength(1)
    expect(await workers[0]?.start()()).toEqual(E.right('cpu'))
    workers[0]?.close()
    expect(tools.methods.map(({ name }) => name).slice(-2)).toEqual(['ptu-fixed', 'mine'])
    expect(tools.versions.ptu).toMatch(/^\d+\.\d+\.\d+/)
    const missing = await nodeTools({ folder, cache: folder, modules: [join(folder, 'no.mjs')] })()
    expect(messageIn(missing)).toContain('cannot load the module')
  })
})
