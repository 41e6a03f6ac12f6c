import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { decodeTable, readTable } from './decode-table.ts'
import { decodeLabelledTexts, readLabelledTexts } from './labelled-texts.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'in-turns-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const written = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const rows = (count: number, row: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => row(i)).join('\n')

/** Two megabytes whose quoted cells hold line feeds and characters of several bytes, so that pieces are cut within them. */
const table = `\uFEFFa,note,label\n${rows(40_000, (i) => `${i / 8},"${'ab'[i % 2] ?? ''}, ""ä€""\n${'—'.repeat(9)}",${i % 3 === 0 ? 'oak' : 'elm'}`)}`
const texts = `text,label\n${rows(20_000, (i) => `"${'naïve 😀 words, '.repeat(4)}${i}",${i % 2}`)}`
const objects = rows(60_000, (i) => JSON.stringify({ a: i, label: i % 2 === 0 ? 'oak' : 'elm' }))
/** Two megabytes in few lines. */
const longLines = rows(20, (i) =>
  JSON.stringify({ a: i, note: 'x'.repeat(100_000), label: i % 2 === 0 ? 'oak' : 'elm' }),
)

describe('a file that is read in turns', () => {
  it.each([
    ['table.csv', table, {}],
    ['objects.jsonl', objects, { format: 'jsonl' }],
    ['returns.csv', 'a,label\r1,oak\r2,elm\r', {}],
    ['open.csv', 'a,label\n1,"oak\n2,elm', {}],
    ['ragged.csv', 'a,label\n1,oak,3\n2,elm', {}],
    ['wrong.jsonl', '{"a":1,"label":"x"}\n[]', { format: 'jsonl' }],
  ] as const)('is the table that its bytes are at once: %s', async (name, text, options) => {
    const path = await written(name, text)
    const wanted = E.mapLeft(({ message }: Error) => `cannot read ${path}: ${message}`)(
      decodeTable(bytesOf(text), options),
    )
    const found = E.mapLeft(({ message }: Error) => message)(await readTable(path)())
    expect(JSON.stringify(found) === JSON.stringify(wanted)).toBe(true)
  })

  it('gives the texts that its bytes hold', async () => {
    const found = await readLabelledTexts(await written('texts.csv', texts))()
    expect(JSON.stringify(found) === JSON.stringify(decodeLabelledTexts(bytesOf(texts)))).toBe(true)
  })

  it.each([
    ['table.csv', table],
    ['objects.jsonl', objects],
    ['long-lines.jsonl', longLines],
  ])('tells how much was read and lets others have their turn: %s', async (name, text) => {
    const path = await written(name, text)
    const told: number[] = []
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 50))
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const progress = (done: number, total: number): void => void told.push(done / total)
    expect(E.isRight(await readTable(path, {}, { progress })())).toBe(true)
    expect(timers.mock.calls.length).toBeGreaterThanOrEqual(told.length)
    vi.restoreAllMocks()
    expect(told.length).toBeGreaterThan(3)
    expect(told.length).toBeLessThan(100)
    expect(told).toEqual(told.toSorted((a, b) => a - b))
    expect(told.at(-1)).toBeLessThan(1)
  })

  it.each([
    ['table.csv', table],
    ['objects.jsonl', objects],
    ['long-lines.jsonl', longLines],
  ])('is given up once the signal aborts: %s', async (name, text) => {
    const path = await written(name, text)
    const controller = new AbortController()
    const told: number[] = []
    const progress = (done: number, total: number): void => {
      told.push(done / total)
      if (done > total / 2) controller.abort()
    }
    const ended = await readTable(path, {}, { signal: controller.signal, progress })()
    expect(E.isLeft(ended) && ended.left.message).toBe(`cannot read ${path}: reading was stopped`)
    expect(told.filter((part) => part > 0.5)).toHaveLength(1)
  })

  it.each([
    ['table.csv', table],
    ['objects.jsonl', objects],
  ])('rejects with what the progress of the caller throws: %s', async (name, text) => {
    const path = await written(name, text)
    const bug = new TypeError('a bug of the caller')
    const progress = (): void => {
      throw bug
    }
    await expect(readTable(path, {}, { progress })()).rejects.toBe(bug)
    await expect(readLabelledTexts(path, {}, { progress })()).rejects.toBe(bug)
  })

  it.each([
    ['few.csv', 'a,label\n1,oak\n2,elm'],
    ['few.jsonl', '{"a":1,"label":"oak"}\n{"a":2,"label":"elm"}'],
  ])('is not begun after the signal has aborted, however short it is: %s', async (name, text) => {
    const path = await written(name, text)
    const ended = await readTable(path, {}, { signal: AbortSignal.abort() })()
    expect(E.isLeft(ended) && ended.left.message).toBe(`cannot read ${path}: reading was stopped`)
  })
})
