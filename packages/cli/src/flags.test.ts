import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { number, optional, string, struct } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { commaList, configured, numbers, numeric, type Flags } from './flags.ts'

describe('the value of a flag', () => {
  it('is a number where it is one, else the text, for the check to refuse', () => {
    expect(['3', '-0.5', '1e3', 'x', '', ' ', '3x'].map(numeric)).toEqual([3, -0.5, 1000, 'x', '', ' ', '3x'])
  })

  it('is a list where there are commas', () => {
    expect(commaList('a, b,c ')).toEqual(['a', 'b', 'c'])
    expect([numbers('3'), numbers('0,4,x'), numbers('3,')]).toEqual([3, [0, 4, 'x'], [3, '']])
  })
})

describe('a configuration', () => {
  const decoder = struct({ name: string, steps: number({ min: 1 }), more: optional(string) })
  let box = ''
  beforeAll(async () => {
    box = await mkdtemp(join(tmpdir(), 'ptu-flags-'))
  })
  afterAll(async () => rm(box, { recursive: true }))

  const asked = async (flags: Flags, content?: unknown, preset?: Flags) => {
    const file = content === undefined ? undefined : join(box, 'c.json')
    if (file !== undefined) await writeFile(file, JSON.stringify(content))
    const found = await configured(decoder, flags, file, preset)()
    return E.isLeft(found) ? found.left.message.replaceAll(box, 'BOX') : found.right
  }

  it('is a preset, then a file, then flags: the later wins', async () => {
    expect(await asked({ steps: 3 }, { name: 'b', steps: 2 }, { name: 'a', steps: 1, more: 'm' })).toEqual({
      ...{ name: 'b', steps: 3, more: 'm' },
    })
    expect(await asked({ name: 'a', steps: 1 })).toEqual({ name: 'a', steps: 1 })
  })

  it('tells where each problem is: at a flag, or in the file', async () => {
    const both = await asked({ steps: 0 }, { name: 3 })
    expect(both).toContain('the command cannot run as it is:')
    expect(both).toMatch(/--steps: expected/)
    expect(both).toMatch(/BOX\/c\.json: name: expected a text/)
    expect(await asked({ steps: 1 })).toMatch(/--name: expected a text, got nothing/)
    expect(await asked({}, [1])).toMatch(/cannot use BOX\/c\.json:/)
    expect(await asked({}, 'x')).toMatch(/cannot use/)
  })

  it('is refused where its file is not there', async () => {
    const found = await configured(decoder, {}, join(box, 'none.json'))()
    expect(E.isLeft(found) && found.left.message).toContain('none.json')
  })
})
