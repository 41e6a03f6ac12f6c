import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { messageIn, rightOf } from '../../tests/small-network.ts'
import { UsageError } from '../errors.ts'
import { bodies } from '../sources/bodies.ts'
import { memoryNetworks } from '../sources/network-store.ts'
import { loadMethods } from './load-module.ts'
import { moduleSource, openModule } from './module-source.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-module-'))
})
afterAll(() => rm(folder, { recursive: true }))

const write = async (name: string, code: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, code)
  return path
}

/** A module without imports: a layer that is a plain value. */
const relu = "{ name: 'a', layer: { spec: { type: 'relu' }, output: (shape) => shape } }"
const input = '{ shape: [4], normalisation: { mean: 1, deviation: 2 } }'
const network = (fields: string): string => `export const source = { name: 'mine', open: async () => (${fields}) }`

describe('a network from a module', () => {
  const opened = (path: string) => openModule(path, { input: undefined, range: undefined })()

  it('is plain data with the input rule that the module gives', async () => {
    const path = await write('good.mjs', network(`{ body: [${relu}, ${relu}], params: [[], []], input: ${input} }`))
    const found = rightOf(await opened(path))
    expect(found).toMatchObject({ name: 'mine', title: `mine from ${path}`, parameters: 0 })
    expect(found.network.blocks).toEqual([
      { name: 'a', spec: { type: 'relu' } },
      { name: 'a', spec: { type: 'relu' } },
    ])
    expect(found.network.input).toEqual({
      ...{ shape: [4], normalisation: { mean: 1, deviation: 2 }, vocabulary: null, image: null },
    })
  })

  it('is cut where it is asked for, and takes no body beside its own', async () => {
    const other = relu.replace("'a'", "'b'")
    const path = await write('cut.mjs', network(`{ body: [${relu}, ${other}], params: [[], []], input: ${input} }`))
    const found = rightOf(await openModule(path, { until: 'a' })())
    expect(found.network.blocks).toEqual([{ name: 'a', spec: { type: 'relu' } }])
    expect(messageIn(await openModule(path, { cut: ['c'] })())).toContain(
      '--cut: expected a name or a number from 1 to 2',
    )
    const [body] = bodies
    expect(messageIn(await openModule(path, { body })())).toContain('--body: ')
  })

  it('is refused with what was expected', async () => {
    const cases = [
      ['none.mjs', 'export const other = 1', 'expected an export `source` with a name and a function open'],
      ['nameless.mjs', 'export const source = { open: async () => 1 }', 'expected an export `source`'],
      ['empty.mjs', network('{}'), 'expected open() to give a body'],
      ['number.mjs', network('3'), 'expected open() to give a body'],
      ['fewer.mjs', network(`{ body: [${relu}], params: [], input: ${input} }`), 'one tree for each of them'],
      ['blocks.mjs', network(`{ body: ['relu'], params: [[]], input: ${input} }`), 'a list of { name, layer }'],
      ['input.mjs', network(`{ body: [${relu}], params: [[]] }`), 'input.shape'],
      [
        'zero.mjs',
        network(`{ body: [${relu}], params: [[]], input: { shape: [4], normalisation: { mean: 0, deviation: 0 } } }`),
        'input.normalisation.deviation',
      ],
    ] as const
    for (const [name, code, message] of cases) {
      const refused = await opened(await write(name, code))
      expect(E.isLeft(refused) && refused.left, name).toBeInstanceOf(UsageError)
      expect(messageIn(refused)).toContain(message)
      expect(messageIn(refused)).toContain(name)
    }
  })

  it('hands on what its module throws', async () => {
    const path = await write(
      'throws.mjs',
      "export const source = { name: 'x', open: async () => { throw new Error('no file') } }",
    )
    expect(messageIn(await opened(path))).toBe(`cannot open x of ${path}: no file`)
    expect(messageIn(await opened(join(folder, 'nowhere.mjs')))).toContain('cannot load the module')
  })

  it('is a kind of source whose spec may freeze blocks', async () => {
    const path = await write('three.mjs', network(`{ body: [${relu}, ${relu}], params: [[], []], input: ${input} }`))
    const context = {
      ...{ bodies, networks: memoryNetworks(), signal: new AbortController().signal, warn: () => undefined },
    }
    const prepared = rightOf(await moduleSource.prepare({ kind: 'module', path, freeze: 1 }, context)())
    expect([prepared.name, prepared.frozen, prepared.body.length]).toEqual(['mine', 1, 2])
    expect(messageIn(await moduleSource.prepare({ kind: 'module' }, context)())).toContain('the source cannot be used')
    expect(messageIn(await moduleSource.prepare({ kind: 'module', path, freeze: 2 }, context)())).toContain('--freeze')
  })
})

describe.skipIf(process.platform === 'win32')('a module that is a pipe', () => {
  it('is refused at once, though nobody writes to it', async () => {
    const path = join(folder, 'pipe.mjs')
    await promisify(execFile)('mkfifo', [path])
    expect(messageIn(await loadMethods([path])())).toBe(
      `cannot load the module ${path}: it is a folder, a pipe or a device; name a file`,
    )
  })
})

describe('methods from modules', () => {
  const method = (fields: string): string =>
    `{ name: 'mine', role: 'candidate', trials: () => [], plan: () => [], ${fields} }`

  it('come in the order of modules, one or several each', async () => {
    const [one, two] = [
      await write('one.mjs', `export const method = ${method("name: 'first'")}`),
      await write('two.mjs', `export const methods = [${method("name: 'second'")}, ${method("name: 'third'")}]`),
    ]
    const found = rightOf(await loadMethods([one, two])())
    expect(found.map(({ name }) => name)).toEqual(['first', 'second', 'third'])
    expect(rightOf(await loadMethods([])())).toEqual([])
  })

  it('are refused with what is wrong', async () => {
    for (const [i, [code, message]] of [
      ['export const other = 1', 'a name, a role, trials and a plan'],
      [`export const method = ${method("name: 'Mine'")}`, 'a name of small letters'],
      [`export const method = ${method("name: 'ptu'")}`, 'ptu is a built-in method'],
      [`export const method = ${method("role: 'best'")}`, 'a role among baseline'],
      [`export const method = ${method('plan: 3')}`, 'the functions trials and plan'],
      [`export const method = ${method('adapt: 3')}`, 'a function adapt, or none'],
      [
        `export const method = ${method("role: 'baseline', adapt: (plan) => plan")}`,
        'another role than baseline beside adapt',
      ],
      [
        `export const method = ${method("kinds: ['classfy']")}`,
        'kinds among classify, tag, multi-label, regress, or none',
      ],
      [`export const methods = [${method('')}, 3]`, 'a name, a role, trials and a plan'],
      ['export const method = (', 'cannot load the module'],
    ].entries()) {
      const refused = await loadMethods([await write(`bad${i}.mjs`, code ?? '')])()
      expect(messageIn(refused)).toContain(message)
      expect(messageIn(refused)).toContain(`bad${i}.mjs`)
    }
  })
})
