import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { decodeTexts, readTexts } from './decode-texts.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const messageOf = (read: E.Either<Error, unknown>): string => (E.isLeft(read) ? read.left.message : 'read')

const expected = E.right({
  sequences: [
    ['go', 'on'],
    ['no', '"', 'x'],
  ],
  labels: [['do'], ['not']],
  tagged: false,
})

describe('decodeTexts', () => {
  it('reads comma-separated, tab-separated and JSON lines alike', () => {
    const csv = '\uFEFFlabel,text,more\ndo,"Go\non",1\n\nnot,"no ""x",2\n'
    const tsv = 'text\tlabel\nGo on\tdo\r\nno "x\tnot'
    const mixed = 'text,label\r\nGo on,do\n"no ""x",not\r\n'
    const jsonl = '{"text":"Go on","label":"do"}\r\n\n{"label":"not","text":"no \\"x"}'
    expect(decodeTexts(bytes(csv), { format: 'csv' })).toEqual(expected)
    expect(decodeTexts(bytes(tsv), { format: 'tsv' })).toEqual(expected)
    expect(decodeTexts(bytes(mixed), { format: 'csv' })).toEqual(expected)
    expect(decodeTexts(bytes(jsonl), { format: 'jsonl' })).toEqual(expected)
  })

  it('reads tags as lists or with white space between them, and leaves tokens as they are', () => {
    const wanted = E.right({ sequences: [['Go', 'on']], labels: [['VB', 'RP']], tagged: true })
    const options = { tagged: true, text: 'words', label: 'pos' }
    expect(decodeTexts(bytes('words,pos\nGo  on,VB RP'), { format: 'csv', ...options })).toEqual(wanted)
    const lists = '{"words":["Go","on"],"pos":["VB","RP"]}'
    expect(decodeTexts(bytes(lists), { format: 'jsonl', ...options })).toEqual(wanted)
  })

  it('cuts into characters on request and takes numbers for labels', () => {
    expect(decodeTexts(bytes('{"text":"ab","label":1}'), { format: 'jsonl', unit: 'character' })).toEqual(
      E.right({ sequences: [['a', 'b']], labels: [['1']], tagged: false }),
    )
  })

  it('reports every problem of a table with its line', () => {
    const table = 'text,label\n,a\nword\nword,\none two three,a\n'
    expect(messageOf(decodeTexts(bytes(table), { format: 'csv', steps: 2 }))).toBe(`it has problems:
  line 2: it holds no token
  line 3: expected 2 cells, got 1
  line 4: a label is empty
  line 5: it has 3 tokens, the most is 2; split it or allow more steps`)
  })

  it('reports every problem of lines of JSON with its line', () => {
    const lines = ['{"tokens":["a"],"tags":["X"]}', '[1]', '{"tokens":["a","b"],"tags":["X"]}', '{', '{"tokens":[1]}']
    const message = messageOf(decodeTexts(bytes(lines.join('\n')), { format: 'jsonl', tagged: true }))
    expect(message).toContain('line 2: expected a JSON object\n')
    expect(message).toContain('line 3: expected a tag for each of 2 tokens, got 1\n')
    expect(message).toContain('line 4: expected a JSON object: ')
    expect(message).toContain('line 5: expected a list of texts in "tokens", got a list with something else\n')
    expect(message).toContain('line 5: expected a list of texts in "tags", got nothing')
  })

  it('names the columns where one is missing or comes twice', () => {
    expect(messageOf(decodeTexts(bytes('a,label\nx,y'), { format: 'csv' }))).toContain(
      'line 1: expected a column "text", the columns are "a", "label"',
    )
    expect(messageOf(decodeTexts(bytes('text,text,label\nx,y,z'), { format: 'csv' }))).toContain(
      'line 1: the column "text" comes twice',
    )
  })

  it('refuses other encodings and NUL bytes with the line', () => {
    const latin = Uint8Array.from([...bytes('text,label\ncaf'), 0xe9, ...bytes(',a')])
    expect(messageOf(decodeTexts(latin, { format: 'csv' }))).toBe('line 2 is not UTF-8; save the file as UTF-8')
    expect(messageOf(decodeTexts(bytes('text,label\na\0b,c'), { format: 'csv' }))).toContain('line 2 holds a NUL byte')
    expect(messageOf(decodeTexts(Uint8Array.of(0xff, 0xfe, 65, 0), { format: 'tsv' }))).toContain('got UTF-16')
  })

  it('refuses a file without a text', () => {
    for (const format of ['csv', 'tsv', 'jsonl'] as const)
      expect(
        messageOf(
          decodeTexts(bytes(format === 'jsonl' ? '\n' : 'text,label'.replace(',', format === 'csv' ? ',' : '\t')), {
            format,
          }),
        ),
      ).toBe('expected at least one text, got none')
  })

  it('never throws and never gives a text that is empty or ragged', () => {
    const part = fc.constantFrom(
      ',',
      '\t',
      '\n',
      '"',
      'a',
      'tokens',
      'tags',
      '{"tokens":"a b","tags":"X Y"}',
      '[',
      '\0',
    )
    const texts = fc.array(part, { maxLength: 40 }).map((parts) => bytes(`tokens,tags\n${parts.join('')}`))
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 60 }), texts),
        fc.constantFrom('csv' as const, 'tsv' as const, 'jsonl' as const),
        (input, format) => {
          const read = decodeTexts(input, { format, tagged: true })
          if (E.isLeft(read)) expect(read.left.name).toBe('DataError')
          else
            expect(read.right.sequences.map(({ length }) => length)).toEqual(
              read.right.labels.map(({ length }) => Math.max(1, length)),
            )
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('readTexts', () => {
  it('names the file that is wrong or missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ptu-texts-'))
    const path = join(folder, 'bad.csv')
    await writeFile(path, 'text,label\n,a')
    expect(messageOf(await readTexts(path, { format: 'csv' })())).toContain(`cannot read ${path}: it has problems:`)
    expect(messageOf(await readTexts(join(folder, 'none.csv'), { format: 'csv' })())).toContain('none.csv')
    await rm(folder, { recursive: true })
  })
})
