import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { compareConfig, decode, readConfig, transferConfig } from './index.ts'

const check = decode(compareConfig, 'refused:')

describe('the configuration of a comparison', () => {
  it('counts seeds from the first one', () => {
    expect(check({ source: 'a', target: 'b', seeds: 2, seed: 5 })).toMatchObject({
      right: { seeds: [5, 6], shots: 10 },
    })
    expect(check({ source: 'a', target: 'b', seeds: [9, 3] })).toMatchObject({ right: { seeds: [9, 3] } })
  })

  it('suggests the nearest strategy', () => {
    expect(check({ source: 'a', target: 'b', strategies: ['share', 'fine-tunes'] })).toMatchObject({
      left: { message: expect.stringContaining('strategies.1: expected') as unknown },
    })
    expect(check({ source: 'a', target: 'b', strategies: ['fintune'] })).toMatchObject({
      left: { message: expect.stringContaining('did you mean "fine-tune"?') as unknown },
    })
  })

  it('refuses what is named twice', () => {
    expect(check({ source: 'a', target: 'b', rates: [0.1, 0.1], seeds: [1, 1] })).toMatchObject({
      left: { message: 'refused:\n  seeds: 1 is named twice\n  rates: 0.1 is named twice' },
    })
  })
})

describe('the configuration of a transfer', () => {
  it.each(['ptu', 'share-2', 'fine-tune-11', 'scratch'])('knows %s', (strategy) => {
    expect(transferConfig({ source: 'a', target: 'b', strategy }, [])).toMatchObject({ right: { strategy } })
  })

  it.each(['share-0', 'ptu-2', 'fine-tune-', 'sharing'])('refuses %s', (strategy) => {
    expect(E.isLeft(transferConfig({ source: 'a', target: 'b', strategy }, []))).toBe(true)
  })
})

describe('reading a configuration', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptu-config-'))
  })
  afterAll(async () => rm(folder, { recursive: true }))

  const read = async (content: string): Promise<unknown> => {
    const path = join(folder, 'run.json')
    await writeFile(path, content)
    const result = await readConfig(path, compareConfig)()
    return E.isLeft(result) ? result.left.message.replace(path, 'run.json') : result.right
  }

  it('gives the checked value', async () => {
    expect(await read('{"source": "mnist:0-4", "target": "mnist:5-9"}')).toMatchObject({ source: 'mnist:0-4' })
  })

  it('lists every problem with its path', async () => {
    expect(await read('{"source": "", "rates": [0]}')).toBe(
      [
        'run.json is not a valid configuration:',
        '  source: expected a text, got ""',
        '  target: expected a text, got nothing',
        '  rates.0: expected a number above 0 and at most 10, got 0',
      ].join('\n'),
    )
  })

  it('refuses what is no JSON, and what is too long to be a configuration', async () => {
    expect(await read('{')).toContain('cannot use run.json:\n  not JSON')
    expect(await read(' '.repeat(1_000_001))).toContain('expected at most 1000000 bytes, the file has 1000001')
  })

  it('refuses a missing file and a folder', async () => {
    expect(await readConfig(join(folder, 'none.json'), compareConfig)()).toMatchObject({ _tag: 'Left' })
    expect(await readConfig(folder, compareConfig)()).toMatchObject({ _tag: 'Left' })
  })
})
