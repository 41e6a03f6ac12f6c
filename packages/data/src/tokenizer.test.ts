import { readFileSync } from 'node:fs'

import type { Json } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { openTokenizer, type PretrainedTokenizer } from './tokenizer.ts'

interface Fixture {
  readonly padding: number
  readonly tokenizer: { readonly [field: string]: Json; readonly model: { readonly [field: string]: Json } }
  readonly cases: readonly { readonly text: string; readonly ids: readonly number[] }[]
}

const fixture = (name: string): Fixture =>
  JSON.parse(readFileSync(new URL(`../tests/fixtures/tokenizers/${name}.json`, import.meta.url), 'utf8')) as Fixture

const opened = (json: Json, steps = 512, padding = 0): PretrainedTokenizer => {
  const found = openTokenizer(json, { steps, padding })
  if (E.isLeft(found)) throw found.left
  return found.right
}

const problem = (json: Json, steps = 8): string => {
  const found = openTokenizer(json, { steps, padding: 0 })
  return E.isLeft(found) ? found.left.message : 'no problem'
}

describe('a pretrained tokenizer', () => {
  it.each(['word-piece', 'byte-level', 'unigram'])('numbers texts as its library does: %s', (name) => {
    const { tokenizer, cases, padding } = fixture(name)
    const { number } = opened(tokenizer, 700, padding)
    expect(cases.length).toBe(120)
    for (const { text, ids } of cases) {
      const expected = new Float32Array(700).fill(padding)
      expected.set(ids)
      const found = number(text)
      expect({ text, ids: [...found.ids] }).toEqual({ text, ids: [...expected] })
      expect([found.tokens, found.cut]).toEqual([ids.length - 2, 0])
    }
  })

  it('cuts the end of a long text and keeps the marks around it', () => {
    const { tokenizer, cases } = fixture('word-piece')
    const { text, ids } = cases.find(({ ids: own }) => own.length > 10) ?? { text: '', ids: [] }
    const found = opened(tokenizer, 8).number(text)
    expect([...found.ids]).toEqual([...ids.slice(0, 7), ids.at(-1)])
    expect(found).toMatchObject({ tokens: ids.length - 2, cut: ids.length - 8 })
  })

  it('counts tokens that it does not know', () => {
    const found = opened(fixture('word-piece').tokenizer, 12).number('the ꙮꙮ dog ꙮ')
    expect(found.unknown).toBe(2)
    expect([...found.ids].filter((id) => id === 1)).toHaveLength(2)
  })

  it('reads a line of 100,000 characters', () => {
    const found = opened(fixture('byte-level').tokenizer, 16, 1).number('the quick '.repeat(10_000))
    expect(found.tokens).toBeGreaterThan(20_000)
    expect(found.ids.at(-1)).toBe(2)
  })

  it('knows how many tokens it has', () => {
    expect(opened(fixture('word-piece').tokenizer).size).toBe(420)
  })

  it('says what cannot be used', () => {
    const { tokenizer } = fixture('word-piece')
    const { model } = tokenizer
    const split = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false }
    const vocab = { ...(model['vocab'] as Record<string, Json>), far: 2 ** 31 }
    expect(problem(null)).toContain('expected a tokenizer.json with a model')
    expect(problem({ ...tokenizer, model: { ...model, type: 'WordLevel' } })).toContain(
      'expected a model among WordPiece, BPE, Unigram, got "WordLevel"',
    )
    expect(problem({ ...tokenizer, pre_tokenizer: { type: 'Sequence', pretokenizers: [split] } })).toContain(
      'its pattern "(a+)+$" is not one of those that published encoders use',
    )
    expect(problem({ ...tokenizer, model: { ...model, vocab } })).toContain(
      'expected ids from 0 to 1048575, got "2147483648"',
    )
    expect(problem({ ...tokenizer, added_tokens: [{ content: 'x' }] })).toContain('got "undefined"')
    expect(problem({ ...tokenizer, model: { type: 'WordPiece', vocab: {} }, added_tokens: [] })).toContain('got 0')
    expect(problem({ ...tokenizer, normalizer: { type: 'Unheard' } })).toContain('cannot use the tokenizer: ')
    expect(problem(tokenizer, 2)).toContain('expected room for 2 marks and a token, got 2 steps')
  })
})
