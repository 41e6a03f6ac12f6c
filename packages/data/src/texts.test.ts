import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import type { Dataset } from './dataset.ts'
import { distinct } from './duplicates.ts'
import { encodeTexts } from './encode-texts.ts'
import { tokenise, type Texts } from './texts.ts'
import { vocabularyOf } from './vocabulary.ts'

const messageOf = (read: E.Either<Error, unknown>): string => (E.isLeft(read) ? read.left.message : 'read')

const right = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

const tagged = (...rows: readonly (readonly [string, string])[]): Texts => ({
  sequences: rows.map(([tokens]) => tokens.split(' ').filter(Boolean)),
  labels: rows.map(([, tags]) => tags.split(' ').filter(Boolean)),
  tagged: true,
})

describe('tokenise', () => {
  it('keeps words, numbers and marks of any script', () => {
    expect(tokenise('Überall, 3.5 — “żółć” don’t 東京!')).toEqual([
      ...['überall', ',', '3.5', '—', '“', 'żółć', '”', 'don’t', '東京', '!'],
    ])
  })

  it('makes one of composed and decomposed letters', () => {
    expect(tokenise('e\u0301te\u0301', 'character')).toEqual(['é', 't', 'é'])
    expect(tokenise('E\u0301TE\u0301')).toEqual(['été'])
  })

  it('loses nothing of a text but white space', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const composed = text.normalize('NFC')
        expect(tokenise(text, 'character').join('')).toBe(composed)
        expect(tokenise(text).join('')).toBe(composed.toLowerCase().replace(/\s/gu, ''))
      }),
    )
  })
})

describe('vocabularyOf', () => {
  const sequences = [
    ['b', 'a', 'a'],
    ['c', 'b', 'a', '<unknown>'],
  ]

  it('has padding first, then the unknown token, then the most frequent ones', () => {
    expect(vocabularyOf(sequences)).toEqual(['<padding>', '<unknown>', 'a', 'b', 'c'])
    expect(vocabularyOf(sequences, { most: 4 })).toEqual(['<padding>', '<unknown>', 'a', 'b'])
    expect(vocabularyOf(sequences, { atLeast: 2 })).toEqual(['<padding>', '<unknown>', 'a', 'b'])
  })

  it('orders equally frequent tokens the same way whatever their order in the text', () => {
    expect(vocabularyOf([['z', 'y'], ['x']])).toEqual(vocabularyOf([['x', 'y'], ['z']]))
  })

  it('refuses sizes that cannot be', () => {
    expect(() => vocabularyOf(sequences, { most: 2 })).toThrow('expected most to be an integer from 3, got 2')
    expect(() => vocabularyOf(sequences, { atLeast: 0 })).toThrow('expected atLeast to be an integer from 1, got 0')
  })
})

describe('encodeTexts', () => {
  const texts = tagged(['go on now', 'VERB PRT ADV'], ['stop', 'VERB'])

  it('numbers tokens, pads behind with 0, and marks steps without a tag by -1', () => {
    const vocabulary = ['<padding>', '<unknown>', 'go', 'stop']
    expect(encodeTexts(texts, { vocabulary, classes: ['ADV', 'PRT', 'VERB'], steps: 4 })).toEqual(
      E.right({
        shape: [4],
        features: Float32Array.from([2, 1, 1, 0, 3, 0, 0, 0]),
        labels: Int32Array.from([2, 1, 0, -1, 2, -1, -1, -1]),
        classes: ['ADV', 'PRT', 'VERB'],
        vocabulary,
        tagged: true,
      }),
    )
  })

  it('gives a text that has one label one label', () => {
    const set = right(encodeTexts({ sequences: [['a', 'b'], ['c']], labels: [['yes'], ['no']], tagged: false }))
    expect([...set.labels]).toEqual([1, 0])
    expect(set.classes).toEqual(['no', 'yes'])
    expect(set.tagged).toBeUndefined()
  })

  it('names texts that are empty, too long or ragged, and labels that the classes lack', () => {
    const bad = tagged(['', ''], ['a b c', 'X X X'], ['a b', 'X'], ['a', 'NEW'])
    expect(messageOf(encodeTexts(bad, { classes: ['X'], steps: 2 }))).toBe(`it has problems:
  text 1: it holds no token
  text 2: it has 3 tokens, the most is 2; split it or allow more steps
  text 3: expected 2 labels, got 1
  text 4: the label "NEW" is not one of X`)
  })

  it('refuses no texts at all, and more than there is memory for before it takes any', () => {
    expect(messageOf(encodeTexts({ sequences: [], labels: [], tagged: true }))).toBe(
      'expected at least one text, got none',
    )
    expect(messageOf(encodeTexts(texts, { steps: 2 ** 27 }))).toContain('are more than 134217728 numbers')
  })
})

describe('distinct', () => {
  const encode = (vocabulary: readonly string[], steps: number, ...texts: readonly string[]): Dataset =>
    right(encodeTexts(tagged(...texts.map((text) => [text, text] as const)), { vocabulary, steps }))

  it('keeps the first of equal texts, and none that another set holds', () => {
    const vocabulary = ['<padding>', '<unknown>', 'a', 'b']
    const set = encode(vocabulary, 2, 'a b', 'a', 'a b', 'b')
    expect([...distinct(set).features]).toEqual([2, 3, 2, 0, 3, 0])
    expect([...distinct(set, encode(vocabulary, 3, 'b', 'b a')).features]).toEqual([2, 3, 2, 0])
  })

  it('takes texts for equal that differ in unknown tokens alone, as a network does', () => {
    expect([...distinct(encode(['<padding>', '<unknown>', 'a'], 2, 'a x', 'a y')).features]).toEqual([2, 1])
  })
})
