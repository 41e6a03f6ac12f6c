import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key, normals } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { messageIn, rightOf } from '../../tests/small-network.ts'
import { RunError, UsageError } from '../errors.ts'
import { networkFolder } from '../node/file-store.ts'
import { here } from '../node/runner-here.ts'
import type { Worker } from '../run/worker.ts'
import { bodies } from './bodies.ts'
import type { OpenedSource, PreparedSource, SourceContext } from './source.ts'
import { trainedSource } from './trained-source.ts'

let folder = ''
let cache = ''
let warnings: string[] = []
let trainings = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-source-'))
  const numbers = normals(key(0), 40 * 3)
  const rows = Array.from({ length: 40 }, (_, i) => {
    const shift = i % 2 === 0 ? 2 : -2
    return [...Array.from(numbers.subarray(3 * i, 3 * i + 3), (x) => (x + shift).toFixed(3)), `c${i % 2}`].join(',')
  })
  await writeFile(join(folder, 'from.csv'), ['a,b,c,class', ...rows, ''].join('\n'))
})
afterAll(() => rm(folder, { recursive: true }))

beforeEach(async () => {
  cache = await mkdtemp(join(folder, 'cache-'))
  warnings = []
  trainings = 0
})

const prepared = async (fields: Readonly<Record<string, number | string>> = {}): Promise<PreparedSource> => {
  const context: SourceContext = {
    ...{ bodies, networks: networkFolder(cache), signal: new AbortController().signal },
    warn: (text) => warnings.push(text),
  }
  const spec = { kind: 'trained', data: join(folder, 'from.csv'), body: 'mlp', epochs: 3, seed: 0, ...fields }
  return rightOf(await trainedSource.prepare(spec, context)())
}

/** A worker that counts the trainings of sources. */
const counting = (): Worker => {
  const setup = { backend: 'cpu', modules: [], signal: new AbortController().signal, warn: () => undefined }
  const [worker] = here({ folder: join(cache, 'run'), features: join(cache, 'features') })(setup) as readonly [Worker]
  return {
    ...worker,
    trainSource: (...inputs) => {
      trainings++
      return worker.trainSource(...inputs)
    },
  }
}

const opened = async (fields: Readonly<Record<string, number | string>> = {}): Promise<OpenedSource> => {
  const { open } = await prepared(fields)
  return rightOf(await open(counting(), () => undefined)())
}

const fileOf = async (): Promise<string> => {
  const { readdir } = await import('node:fs/promises')
  const [name = ''] = (await readdir(cache)).filter((each) => /^source-[0-9a-f]{16}\.safetensors$/.test(each))
  return join(cache, name)
}

describe('a source that is trained here', () => {
  it('is trained once and found from then on, with its facts', async () => {
    const first = await opened()
    expect(first.facts.accuracy).toBeGreaterThan(0.7)
    expect(first.facts.chance).toBe(0.5)
    expect(await opened()).toEqual(first)
    expect([trainings, warnings]).toEqual([1, []])
  })

  it('says what the reader of its table guessed', async () => {
    const path = join(folder, 'unnamed.csv')
    await writeFile(path, (await readFile(join(folder, 'from.csv'), 'utf8')).replace('class', 'kind'))
    await prepared({ data: path })
    expect(warnings).toEqual([`${path}: the last column "kind" was taken for the label`])
  })

  it('is trained anew for another seed or length', async () => {
    const { network } = await opened()
    const others = [await opened({ seed: 1 }), await opened({ epochs: 4 })]
    expect(trainings).toBe(3)
    expect(new Set([network, ...others.map((other) => other.network)].map(({ digest }) => digest)).size).toBe(3)
  })

  it('is not taken from a file that was copied under another name', async () => {
    const { network } = await opened({ seed: 1 })
    const path = await fileOf()
    const bytes = await readFile(path)
    await rm(path)
    const own = await opened()
    await writeFile(await fileOf(), bytes)
    const again = await opened()
    expect(again.network.digest).toBe(own.network.digest)
    expect(again.network.digest).not.toBe(network.digest)
    expect(warnings).toEqual([expect.stringMatching(/^the kept source network source-\w+ was made in another way/)])
    expect(trainings).toBe(3)
  })

  it('is trained anew, with a warning, where its file is damaged', async () => {
    const { network } = await opened()
    const path = await fileOf()
    const bytes = await readFile(path)
    await writeFile(path, bytes.subarray(0, bytes.length - 9))
    expect((await opened()).network.digest).toBe(network.digest)
    expect(warnings).toEqual([expect.stringMatching(/cannot be used: .*; it is trained anew$/)])
    expect(await readFile(path)).not.toHaveLength(bytes.length - 9)
    await opened()
    expect(trainings).toBe(2)
  })

  it('has the body that is named or fits, and says which there are', async () => {
    expect((await prepared()).title).toBe(`mlp trained on ${join(folder, 'from.csv')}`)
    const context: SourceContext = {
      ...{ bodies, networks: networkFolder(cache), signal: new AbortController().signal, warn: () => undefined },
    }
    const spec = { kind: 'trained', data: join(folder, 'from.csv'), epochs: 1, seed: 0 }
    expect(rightOf(await trainedSource.prepare(spec, context)()).spec['body']).toBe('mlp')
    const refused = await trainedSource.prepare({ ...spec, body: 'lenett' }, context)()
    expect(E.isLeft(refused) && refused.left).toBeInstanceOf(UsageError)
    expect(messageIn(refused)).toContain('did you mean')
    expect(messageIn(await trainedSource.prepare({ ...spec, epochs: 0 }, context)())).toContain('cannot be used')
    expect((await prepared({ body: 'tagger' })).problem).toContain('name another --body')
  })

  it('has any whole number of 32 bits as seed', async () => {
    expect((await prepared({ seed: 2 ** 32 - 1 })).spec['seed']).toBe(2 ** 32 - 1)
    await expect(prepared({ seed: 2 ** 32 })).rejects.toThrow('cannot be used')
  })

  it('leaves its length to validation where its data are few and no number of epochs is given', async () => {
    const context: SourceContext = {
      ...{ bodies, networks: networkFolder(cache), signal: new AbortController().signal, warn: () => undefined },
    }
    const spec = { kind: 'trained', data: join(folder, 'from.csv'), seed: 0 }
    const { spec: own, open } = rightOf(await trainedSource.prepare(spec, context)())
    expect(own['epochs']).toBeNull()
    const asked: unknown[] = []
    const worker: Worker = {
      ...counting(),
      trainSource: ({ epochs }) => {
        asked.push(epochs)
        return TE.left(new RunError('enough'))
      },
    }
    expect(messageIn(await open(worker, () => undefined)())).toBe('enough')
    expect(asked).toEqual([null])
  })
})
