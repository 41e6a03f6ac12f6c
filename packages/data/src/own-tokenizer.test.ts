import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { ownTokenizer, tokensOf, type OwnTokenizerOptions } from './own-tokenizer.ts'
import { openTokenizer, type NumberedText } from './tokenizer.ts'

const numbered = (texts: readonly string[], options: OwnTokenizerOptions, text: string, steps = 12): NumberedText => {
  const opened = openTokenizer(ownTokenizer(texts, options), { steps, padding: 0 })
  if (E.isLeft(opened)) throw opened.left
  return opened.right.number(text)
}

describe('a tokenizer made from texts', () => {
  const texts = ["It isn't so: été, 本 5.", 'it so', 'IT']

  it('numbers whole words and marks, the commonest first, and calls parts of words unknown', () => {
    expect(tokensOf(ownTokenizer(texts)).slice(0, 4)).toEqual(['<padding>', '<unknown>', 'it', 'so'])
    const { ids, unknown, tokens } = numbered(texts, {}, "so IT isn't sofa")
    const places = new Map(tokensOf(ownTokenizer(texts)).map((token, i) => [token, i]))
    expect([...ids.subarray(0, 7)]).toEqual([3, 2, ...['isn', "'", 't'].map((word) => places.get(word)), 1, 0])
    expect([tokens, unknown]).toEqual([6, 1])
  })

  it('knows every token of its own texts', () => {
    for (const unit of ['word', 'character'] as const)
      for (const text of texts) expect(numbered(texts, { unit }, text, 40).unknown, `${unit} ${text}`).toBe(0)
  })

  it('numbers characters as they are, spaces among them, composed ones as one, unknown ones in a row as one', () => {
    const tokens = tokensOf(ownTokenizer(['ab b', 'é'], { unit: 'character' }))
    expect(tokens).toEqual(['<padding>', '<unknown>', 'b', 'a', 'é', '▁'])
    const { ids, unknown } = numbered(['ab b', 'é'], { unit: 'character' }, 'be\u0301 AAa', 10)
    expect([...ids]).toEqual([2, 4, 5, 1, 3, 0, 0, 0, 0, 0])
    expect(unknown).toBe(1)
  })

  it('leaves out what is rare, and cuts what is long', () => {
    expect(tokensOf(ownTokenizer(texts, { atLeast: 2 }))).toEqual(['<padding>', '<unknown>', 'it', 'so'])
    expect(tokensOf(ownTokenizer(texts, { most: 3 })).length).toBe(3)
    expect(numbered(texts, {}, 'so so so so', 3)).toMatchObject({ tokens: 4, cut: 1 })
  })
})
