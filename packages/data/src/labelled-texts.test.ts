import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { bagOfWords, tokenised } from './classify-texts.ts'
import {
  decodeLabelledTexts,
  readLabelledTexts,
  type LabelledTextOptions,
  type LabelledTexts,
} from './labelled-texts.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const right = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

const read = (text: string, options?: LabelledTextOptions): LabelledTexts =>
  right(decodeLabelledTexts(bytes(text), options))

const problemOf = (text: string, options?: LabelledTextOptions): string => {
  const texts = decodeLabelledTexts(bytes(text), options)
  return E.isLeft(texts) ? texts.left.message : 'it was read'
}

const wanted: LabelledTexts = { texts: ['Go on, now!', 'Stop'], labels: ['b', 'a'], repeated: 0, conflicting: 0 }

describe('decodeLabelledTexts', () => {
  it.each([
    ['a table', 'text,label\n"Go on, now!",b\nStop,a', {}],
    ['other separators', 'text;label\nGo on, now!;b\nStop;a', {}],
    ['tabs', 'label\ttext\nb\tGo on, now!\na\tStop', { format: 'tsv' }],
    ['lines of JSON', '{"text":"Go on, now!","label":"b"}\n{"label":"a","text":"Stop"}', { format: 'jsonl' }],
    ['two columns of any names', 'sentence,mood\n"Go on, now!",b\nStop,a', {}],
    ['two columns, the text second', 'mood,text\nb,"Go on, now!"\na,Stop', {}],
    ['two columns, the label first', 'label,sentence\nb,"Go on, now!"\na,Stop', {}],
    ['columns that are named', 'id,mood,sentence\n1,b,"Go on, now!"\n2,a,Stop', { text: 'sentence', label: 'mood' }],
    ['usual names among others', 'id,label,text\n1,b,"Go on, now!"\n2,a,Stop', {}],
    ['rows without a header', '"Go on, now!",b\nStop,a', { header: false }],
    ['rows without a header, by number', 'b,"Go on, now!"\na,Stop', { header: false, text: '2', label: '1' }],
  ] as const)('reads %s', (_, text, options) => {
    expect(read(text, options)).toMatchObject(wanted)
  })

  it('counts texts that come again, and those with another label', () => {
    expect(read('text,label\nx,a\nx,a\ny,b\nx,b\ny,b')).toMatchObject({ repeated: 3, conflicting: 1 })
  })

  it('reports every problem with its line', () => {
    expect(problemOf('text,label\n,a\nx,\nx\nx,a')).toBe(`it has problems:
  line 2: the text is empty
  line 3: the label is empty
  line 4: expected 2 cells, got 1`)
  })

  it.each([
    ['a,b,c\nx,y,z', {}, 'which column is the label? Name it; the columns are "a", "b", "c"'],
    ['a,b,label\nx,y,z', {}, 'which column holds the texts? Name it; the columns are "a", "b", "label"'],
    ['a,label\nx,y', { text: 'b' }, 'expected a column "b", the columns are "a", "label"'],
    ['a,b\nx,y', { label: 'c' }, 'expected a column "c", the columns are "a", "b"'],
    ['a,b\nx,y', { text: 'a', label: 'a' }, 'expected a column of texts and another of labels'],
    ['text\nx', {}, 'expected a column of texts and another of labels'],
    ['text,label\n', {}, 'expected at least one text, got none'],
    ['text,label\nx,"y', {}, 'a quotation mark in the row that begins at line 2 never closes'],
    ['text,label\nx,\0', {}, 'line 2 holds a NUL byte'],
    [
      `text,label\n${Array.from({ length: 1001 }, (_, i) => `x,${String(i)}`).join('\n')}`,
      {},
      'expected at most 1000 labels, got 1001',
    ],
  ] as const)('refuses %j', (text, options, message) => {
    expect(problemOf(text, options)).toContain(message)
  })

  it('takes names that objects have as fields', () => {
    const texts = read('{"__proto__":"constructor","toString":"length"}', {
      format: 'jsonl',
      text: '__proto__',
      label: 'toString',
    })
    expect(texts).toMatchObject({ texts: ['constructor'], labels: ['length'] })
    const { dataset, vocabulary } = right(bagOfWords(texts))
    expect([vocabulary.at(-1), dataset.classes]).toEqual(['constructor', ['length']])
    expect([...right(tokenised(texts)).features]).toEqual([2])
  })
})

describe('readLabelledTexts', () => {
  it('reads what the ending of the file names', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ptu-labelled-'))
    const path = join(folder, 'texts.tsv')
    await writeFile(path, 'text\tlabel\nGo on, now!\tb\nStop\ta')
    expect(await readLabelledTexts(path)()).toMatchObject(E.right(wanted))
    expect(await readLabelledTexts(path, { label: 'c' })()).toMatchObject({
      left: { message: expect.stringContaining(`cannot read ${path}: `) as string },
    })
    await rm(folder, { recursive: true })
  })
})

describe('bagOfWords', () => {
  const texts: LabelledTexts = { texts: ['b a b', 'c', 'a'], labels: ['y', 'x', 'y'], repeated: 0, conflicting: 0 }

  it('gives the logarithm of 1 and the count of each token', () => {
    const { dataset, vocabulary } = right(bagOfWords(texts))
    expect(vocabulary).toEqual(['<padding>', '<unknown>', 'a', 'b', 'c'])
    const [one, two] = [Math.fround(Math.log(2)), Math.fround(Math.log(3))]
    expect([...dataset.features]).toEqual([0, 0, one, two, 0, 0, 0, 0, 0, one, 0, 0, one, 0, 0])
    expect(dataset).toMatchObject({ shape: [5], labels: Int32Array.of(1, 0, 1), classes: ['x', 'y'] })
    // Counts are measurements: the features are no tokens.
    expect(dataset.vocabulary).toBeUndefined()
  })

  it('takes a vocabulary, classes and a unit, and counts what is unknown together', () => {
    const given = { vocabulary: ['<padding>', '<unknown>', 'b'], classes: ['y', 'x'] }
    const { dataset } = right(bagOfWords(texts, given))
    expect([...dataset.features].map((x) => Math.round(Math.expm1(x)))).toEqual([0, 1, 2, 0, 1, 0, 0, 1, 0])
    expect([...dataset.labels]).toEqual([0, 1, 0])
    expect(right(bagOfWords(texts, { most: 3 })).vocabulary).toEqual(['<padding>', '<unknown>', 'a'])
    expect(right(bagOfWords(texts, { unit: 'character' })).vocabulary).toContain(' ')
  })

  it('refuses labels outside of the classes, and texts without a token', () => {
    expect(bagOfWords(texts, { classes: ['y'] })).toMatchObject({
      left: { message: 'text 2: the label "x" is not one of y' },
    })
    expect(bagOfWords({ ...texts, texts: ['a', ' ', 'b'] })).toMatchObject({
      left: { message: 'text 2: it holds no token' },
    })
  })
})

describe('tokenised', () => {
  const texts: LabelledTexts = { texts: ['b a b', 'c'], labels: ['y', 'x'], repeated: 0, conflicting: 0 }

  it('numbers tokens, with one label a text', () => {
    expect(right(tokenised(texts))).toEqual({
      shape: [3],
      features: Float32Array.of(2, 3, 2, 4, 0, 0),
      labels: Int32Array.of(1, 0),
      classes: ['x', 'y'],
      vocabulary: ['<padding>', '<unknown>', 'b', 'a', 'c'],
    })
    expect(right(tokenised(texts, { steps: 5, unit: 'character', most: 3, classes: ['y', 'x'] }))).toMatchObject({
      features: Float32Array.of(1, 2, 1, 2, 1, 1, 0, 0, 0, 0),
      labels: Int32Array.of(0, 1),
      vocabulary: ['<padding>', '<unknown>', ' '],
    })
  })

  it('refuses a text of more tokens than steps', () => {
    expect(tokenised(texts, { steps: 2 })).toMatchObject({
      left: { message: expect.stringContaining('text 1: it has 3 tokens, the most is 2') as string },
    })
  })
})
