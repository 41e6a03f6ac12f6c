import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  describe as describeValue,
  integer,
  list,
  number,
  readConfig,
  readJson,
  string,
  struct,
  suggestion,
  type Decoder,
} from './index.ts'

const isTaken = (decoder: Decoder<unknown>, input: unknown): boolean => E.isRight(decoder(input, []))

describe('a range', () => {
  it('holds its least and its most, and is above what it is above', () => {
    expect([1, 2, 3, 4].map((x) => isTaken(integer({ min: 2, max: 3 }), x))).toEqual([false, true, true, false])
    expect([0, 1e-9, 1, 1.1].map((x) => isTaken(number({ above: 0, max: 1 }), x))).toEqual([false, true, true, false])
    expect([-1e-9, 0].map((x) => isTaken(number({ min: 0 }), x))).toEqual([false, true])
  })
})

describe('a list', () => {
  it('has as many members as it may, ends included', () => {
    const some = list(integer(), { min: 1, max: 3 })
    expect(
      [0, 1, 3, 4].map((length) =>
        isTaken(
          some,
          Array.from({ length }, () => 0),
        ),
      ),
    ).toEqual([false, true, true, false])
    expect(isTaken(list(integer()), [])).toBe(true)
    expect(some([], ['seeds'])).toEqual(
      E.left([{ path: ['seeds'], message: 'expected a list of 1 to 3 members, got 0' }]),
    )
    const usual = [10_000, 10_001].map((length) =>
      isTaken(
        list(integer()),
        Array.from({ length }, () => 0),
      ),
    )
    expect(usual).toEqual([true, false])
  })
})

describe('a value in a message', () => {
  it.each([
    [undefined, 'nothing'],
    [null, 'null'],
    [{ a: 1 }, 'an object'],
    [[1, 2], 'a list of 2'],
    [0.5, '0.5'],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [true, 'true'],
    ['x', '"x"'],
    ['x'.repeat(40), `"${'x'.repeat(40)}"`],
    ['x'.repeat(41), `"${'x'.repeat(40)}…"`],
  ])('%s is %s', (value, words) => {
    expect(describeValue(value)).toBe(words)
  })
})

describe('a name that is meant', () => {
  it('is as near as a third of its letters, and sought for words of up to 100 letters', () => {
    expect(suggestion('abxx', ['abcd'])).toBe('; did you mean "abcd"?')
    expect(suggestion('axxx', ['abcd'])).toBe('')
    expect(suggestion('a', [])).toBe('')
    expect(suggestion(3, ['3'])).toBe('')
    const name = 'n'.repeat(100)
    expect(suggestion(name, [`${name.slice(1)}m`])).toContain('did you mean')
    expect(suggestion(`${name}n`, [name])).toBe('')
  })
})

describe('a file of JSON', () => {
  let folder = ''
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, text)
    return path
  }
  const messageOf = async (path: string, limit?: number): Promise<string> => {
    const read = await readJson(path, limit)()
    return E.isLeft(read) ? read.left.message : 'read'
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptu-config-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('is read up to its limit, a megabyte unless told', async () => {
    const path = await write('ten.json', '[1,2,3,45]')
    expect(await readJson(path, 10)()).toEqual(E.right([1, 2, 3, 45]))
    expect(await messageOf(path, 9)).toContain('expected at most 9 bytes, the file has 10')
    const text = (bytes: number): string => JSON.stringify('x'.repeat(bytes - 2))
    expect(await messageOf(await write('most.json', text(1_000_000)))).toBe('read')
    expect(await messageOf(await write('more.json', text(1_000_001)))).toContain('expected at most 1000000 bytes')
  })

  it('is refused by its path and the reason where it is no file, or no JSON', async () => {
    const path = await write('bad.json', '{')
    expect(await messageOf(path)).toMatch(`cannot use ${path}:\n  not JSON: `)
    expect(await messageOf(folder)).toContain('it is a folder, a pipe or a device; name a file')
    expect(await messageOf(join(folder, 'none.json'))).toContain('no such file')
  })

  it('is checked', async () => {
    const decoder = struct({ name: string })
    expect(await readConfig(await write('good.json', '{"name":"a"}'), decoder)()).toEqual(E.right({ name: 'a' }))
    const read = await readConfig(await write('wrong.json', '{"name":1}'), decoder)()
    expect(E.isLeft(read) && read.left.message).toContain(
      'is not a valid configuration:\n  name: expected a text, got 1',
    )
  })
})
