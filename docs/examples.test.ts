import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import '@tensorflow/tfjs'
import { engine, setBackend } from '@tensorflow/tfjs-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { completeExamples, findExamples, root, typeErrors } from './examples.ts'

// Each block becomes a module of its own, which is type-checked and run in an empty folder.
const modules = join(root, '.cache/examples')
rmSync(modules, { recursive: true, force: true })
mkdirSync(modules, { recursive: true })
const found = findExamples()
const examples = completeExamples(found).map(({ name, code }) => {
  const file = join(modules, `${name.replaceAll(/[^\w.-]+/g, '-')}.ts`)
  writeFileSync(file, `${code}\nexport {}\n`)
  return { name, file }
})
const errors = typeErrors(examples.map(({ file }) => file))

const home = process.cwd()

beforeEach(async () => {
  process.chdir(mkdtempSync(join(tmpdir(), 'ptu-example-')))
  await setBackend('cpu')
  engine().startScope()
})

afterEach(() => {
  engine().endScope()
  rmSync(process.cwd(), { recursive: true })
  process.chdir(home)
})

describe('the documentation', () => {
  it('holds examples', () => {
    expect(examples.length).toBeGreaterThan(0)
  })

  it('starts a backend in every block that is copied with its imports and may make tensors', () => {
    const makesTensors =
      /from '(@tensorflow\/|@ptu\/(tensor|layers|gates|networks|strategies|optim|trainer|tfjs-layers)')/
    const startsBackend = /'@tensorflow\/tfjs(-backend-\w+|-node)?'|useBackend|nodeTools/
    const blocks = found.filter(({ home, code }) => home === undefined && makesTensors.test(code))
    expect(blocks.length).toBeGreaterThan(5)
    expect(blocks.flatMap(({ name, code }) => (startsBackend.test(code) ? [] : [name]))).toEqual([])
  })

  it.each(examples.map(({ name, file }) => [name, file] as const))('%s', async (_name, file) => {
    expect(errors.get(file)?.join('\n')).toBe('')
    await import(/* @vite-ignore */ file)
  })
})
