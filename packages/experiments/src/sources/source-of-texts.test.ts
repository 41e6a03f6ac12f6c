import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { countOf, tokensOf } from '@ptu/data'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { messageIn, rightOf } from '../../tests/small-network.ts'
import { networkFolder } from '../node/file-store.ts'
import { loadTask } from '../tasks/task-data.ts'
import { bodies } from './bodies.ts'
import { readingOf } from './reading-of.ts'
import type { SourceContext } from './source.ts'
import { trainedSource } from './trained-source.ts'

let folder = ''
const letter = (i: number): string => 'abcdefghijklmnopqrst'.charAt(i % 20)
const texts = Array.from({ length: 20 }, (_, i) => [`${letter(i)} ${letter(i + 1)}, part ${i}`, `c${i % 2}`])
const csv = (head: string): string => [head, ...texts.map(([text, label]) => `"${text}",${label}`), ''].join('\n')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-texts-'))
  await writeFile(join(folder, 'named.csv'), csv('text,label'))
  await writeFile(join(folder, 'pair.csv'), csv('review,verdict'))
  const rows = texts.map(([text, label], i) => `${i}\t${text}\t${label}`)
  await writeFile(join(folder, 'three.tsv'), ['id\tbody\tmood', ...rows].join('\n'))
  await writeFile(
    join(folder, 'lines.jsonl'),
    texts.map(([body, mood], id) => JSON.stringify({ id, body, mood })).join('\n'),
  )
  await writeFile(join(folder, 'numbers.csv'), `a,kind\n${texts.map(([, label], i) => `${i},${label}`).join('\n')}`)
})
afterAll(() => rm(folder, { recursive: true }))

const prepare = (data: string, fields: object = {}, warn: (text: string) => void = () => undefined) => {
  const context: SourceContext = { bodies, networks: networkFolder(folder), signal: AbortSignal.abort(), warn }
  return trainedSource.prepare({ kind: 'trained', data: join(folder, data), seed: 0, ...fields }, context)()
}

describe('a source that is trained here on texts', () => {
  it.each([
    'named.csv',
    'pair.csv',
    'pair.csv#text=review&label=verdict',
    'pair.csv#unit=word',
    'three.tsv#text=body&label=mood',
    'lines.jsonl#text=body&label=mood',
  ])('is an LSTM over their tokens, whichever way they come: %s', async (data) => {
    const { spec, problem, input, body, regime } = rightOf(await prepare(data))
    expect([spec['body'], problem, input.shape]).toEqual(['text-lstm', undefined, [128]])
    expect(
      tokensOf(input.tokens?.tokenizer ?? null)
        .slice(2)
        .toSorted(),
    ).toEqual([...[',', 'part'], ...Array.from({ length: 20 }, (_, i) => letter(i))].toSorted())
    expect(body[0]?.layer.spec).toMatchObject({ vocabulary: 24 })
    expect(regime.probe).toBe('features')
  })

  it('is one over those of a published set, as many as are asked for', async () => {
    const context: SourceContext = {
      bodies,
      networks: networkFolder(folder),
      signal: AbortSignal.abort(),
      warn: () => 0,
    }
    const spec = { kind: 'trained', data: 'brown-genres:news,romance#each=20&steps=30', seed: 0 }
    const { input, data, title } = rightOf(await trainedSource.prepare(spec, context)())
    expect([input.shape, data && countOf(data.train)]).toEqual([[30], 28])
    expect(title).toContain('text-lstm trained on brown-genres')
  })

  it('gives the target its own numbers of tokens, and says what is cut and how much of it is unknown', async () => {
    const warnings: string[] = []
    const source = rightOf(await prepare('pair.csv', { tokens: 4 }, (text) => warnings.push(text)))
    expect(warnings).toEqual([
      `${join(folder, 'pair.csv')}: the texts are the column "review"`,
      `${join(folder, 'pair.csv')}: the label is the column "verdict"`,
      expect.stringContaining('20 of 20 texts are longer than the 4 tokens that the model reads'),
      expect.stringContaining('20 of 100 tokens (20.0 %) are not known to the tokenizer'),
    ])
    await writeFile(join(folder, 'own.csv'), 'text,label\nK of c,a\nzebra b,b\nb c d,b\nday a,a\n')
    const said: string[] = []
    const { train, test } = rightOf(
      await loadTask(join(folder, 'own.csv'), source.data, {
        ...readingOf(source),
        warn: (text) => said.push(text),
      })(),
    )
    const ids = [...train.features, ...test.features]
    expect([train.padding, ids.filter((id) => id === 1)]).toEqual([0, [1, 1, 1]])
    expect(said.at(-1)).toContain('3 of 10 tokens (30.0 %) are not known to the tokenizer')
  })

  it('trains on no text that it is tested on', async () => {
    const again = texts.flatMap(([text, label]) => [`"${text}",${label}`, `"${text?.toUpperCase()}",${label}`])
    await writeFile(join(folder, 'twice.csv'), ['text,label', ...again].join('\n'))
    const { data } = rightOf(await prepare('twice.csv'))
    expect(data && [countOf(data.train), countOf(data.test)]).toEqual([14, 6])
  })

  it('is dense layers where the table holds none, and refuses what texts cannot be read by', async () => {
    for (const data of ['numbers.csv', 'numbers.csv#missing=drop'])
      expect(rightOf(await prepare(data)).spec['body']).toBe('mlp')
    expect(rightOf(await prepare('named.csv', { body: 'mlp' })).problem).toContain('name text-lstm')
    expect(messageIn(await prepare('named.csv#ignore=id', { body: 'text-lstm' }))).toContain('#ignore: leave it out')
    expect(messageIn(await prepare('none.csv'))).toContain('cannot read')
  })
})
