import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Env } from '../env.ts'
import { answerOf } from './predict-answer.ts'
import type { ExampleStream } from './predict-inputs.ts'
import type { Labelled } from './predict-text.ts'
import type { Predicting } from './predicting.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-answer-'))
})
afterAll(() => rm(folder, { recursive: true }))

const way: Predicting = {
  answer: () => ({}),
  csvHead: 'path,error\n',
  csvRow: ({ path, why = '' }) => `${path},${why}\n`,
  text: (found, one) => `${found.length} × ${one}`,
}
const stream = { words: { one: 'row', many: 'rows' }, notes: () => ['mind the gap'] } as unknown as ExampleStream

/** So many examples, every thousandth of which could not be read. */
const examples = async function* (count: number): AsyncGenerator<Labelled> {
  await Promise.resolve()
  for (let i = 0; i < count; i++) yield { path: `row ${i}`, ...(i % 1000 === 999 && { why: 'torn' }) }
}

const answered = async (count: number, options: { readonly csv?: boolean; readonly out?: string }) => {
  const said = { stdout: '', stderr: '' }
  const env = {
    cwd: folder,
    stdout: (text: string) => (said.stdout += text),
    stderr: (text: string) => (said.stderr += text),
  } as unknown as Env
  const answer = await answerOf(examples(count), stream, { way, csv: options.csv === true, out: options.out }, env)
  return { ...said, ...answer }
}

/** The table of so many examples. */
const tableOf = (count: number): string =>
  ['path,error', ...Array.from({ length: count }, (_, i) => `row ${i},${i % 1000 === 999 ? 'torn' : ''}`), ''].join(
    '\n',
  )

describe('labels that are written to a file', () => {
  it('are each there once, also of many more than are written at a time', async () => {
    const { text, code } = await answered(20_000, { out: 'labels.csv' })
    const written = await readFile(join(folder, 'labels.csv'), 'utf8')
    expect(written.length).toBeGreaterThan(3 * 2 ** 16)
    expect(written).toBe(tableOf(20_000))
    expect([code, text]).toEqual([
      0,
      '19980 rows labelled\n20 of 20000 rows could not be read\nnote: mind the gap\nwritten: labels.csv',
    ])
  })

  it('are not written where there is nothing to label', async () => {
    await expect(answered(0, { out: 'none.csv' })).rejects.toThrow('expected files of rows, got none')
    expect(await readdir(folder)).not.toContain('none.csv')
  })
})

describe('labels that are written to stdout', () => {
  it('are rows of one table, with what people should know on stderr', async () => {
    const { stdout, stderr, text } = await answered(1000, { csv: true })
    expect([stdout, text]).toEqual([tableOf(1000), ''])
    expect(stderr).toBe('1 of 1000 rows could not be read\nnote: mind the gap\n')
  })
})
