import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { rightOf } from '../../tests/small-network.ts'
import { dataKindOf } from './data-kinds.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-data-kinds-'))
})
afterAll(() => rm(folder, { recursive: true }))

const read = async (count: number, seed: number) => {
  const path = join(folder, `${count}.csv`)
  await writeFile(
    path,
    `x,kind\n${Array.from({ length: count }, (_, i) => `${i},${i % 4 === 0 ? 'oak' : 'elm'}`).join('\n')}\n`,
  )
  const request = { path, reading: { kind: 'table', label: 'kind' }, input: undefined } as const
  const { signal } = new AbortController()
  const options = { test: undefined, strict: false, seed, signal, onStep: () => undefined }
  return rightOf(await dataKindOf('table').read(request, options)())
}

describe('rows to train on', () => {
  it('are 100,000 by the seed where there are more, and that is told', async () => {
    const [drawn, other] = [await read(100_400, 0), await read(100_400, 1)]
    expect([drawn.drawnFrom, drawn.files.length]).toEqual([100_400, 100_000])
    expect(drawn.counts.map(({ name, train }) => [name, train])).toEqual([
      ['elm', 75_000],
      ['oak', 25_000],
    ])
    expect(drawn.warnings?.[0]).toBe(
      '100000 of the 100400 rows are learnt from and judged by, of each class in proportion, drawn by --seed 0: ' +
        'more would take longer and say hardly more',
    )
    expect(other.digest).not.toBe(drawn.digest)
    expect(other.warnings?.[0]).toContain('--seed 1')
  })

  it('are all where there are no more', async () => {
    const all = await read(100_000, 0)
    expect([all.drawnFrom, all.files.length, all.files[99_999]]).toEqual([
      undefined,
      100_000,
      `${folder}/100000.csv:100001`,
    ])
    expect(all.warnings?.filter((warning) => warning.includes('seed'))).toEqual([])
  })
})
