import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Json } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { readKnownRows } from './known-rows.ts'
import type { LabelledRows } from './labelled-rows.ts'
import { numberTexts } from './number-texts.ts'
import { openTokenizer } from './tokenizer.ts'

const { tokenizer } = JSON.parse(
  readFileSync(new URL('../tests/fixtures/tokenizers/word-piece.json', import.meta.url), 'utf8'),
) as { readonly tokenizer: Json }
const rule = { tokenizer, steps: 6, padding: 0 }
const columns = { text: 'body', label: 'stars' }

const idsOf = (text: string): readonly number[] => {
  const opened = openTokenizer(tokenizer, rule)
  if (E.isLeft(opened)) throw opened.left
  return [...opened.right.number(text).ids]
}

const texts = ['the quick dog', '\u0001', 'a fox', 'the quick brown fox jumps over a lazy dog']
const found = numberTexts({ texts, labels: ['b', 'a', 'a', 'b'], repeated: 0, conflicting: 0 }, columns, rule)

describe('numberTexts', () => {
  it('makes an example of each text that holds a token', () => {
    if (E.isLeft(found)) throw found.left
    const { dataset, encoding, kept, unreadable, notes } = found.right
    expect(dataset).toMatchObject({ shape: [6], classes: ['a', 'b'], labels: Int32Array.of(1, 0, 1) })
    expect([...dataset.features]).toEqual([texts[0], texts[2], texts[3]].flatMap((text) => idsOf(text ?? '')))
    expect([kept, unreadable]).toEqual([[0, 2, 3], [{ place: 1, why: 'the text holds no token' }]])
    expect(notes).toEqual([
      '2 of 3 texts are longer than the 6 tokens that the model reads: 18 of 30 tokens at their ends are not read',
    ])
    expect(encoding).toEqual({ kind: 'tokens', ...columns, ...rule })
  })

  it('has an encoding by which other files are read alike', async () => {
    if (E.isLeft(found)) throw found.left
    const folder = mkdtempSync(join(tmpdir(), 'ptu-texts-'))
    const path = join(folder, 'new.csv')
    writeFileSync(path, 'stars,other,body\nb,1,the quick dog\nb,2,a fox\nc,3,a dog\n')
    const read = await readKnownRows(path, found.right.encoding, { classes: ['a', 'b'] })()
    rmSync(folder, { recursive: true })
    const rows = E.getOrElse((error: Error): LabelledRows => {
      throw error
    })(read)
    expect([...rows.dataset.features]).toEqual([...idsOf('the quick dog'), ...idsOf('a fox')])
    expect([...rows.dataset.labels]).toEqual([1, 1])
    expect(rows.unreadable[0]?.why).toContain('the label "c"')
    expect([rows.shown(1), rows.warnings.join()]).toEqual(['a fox', expect.stringContaining('ignored')])
  })

  it('says that no text holds a token', () => {
    const none = numberTexts({ texts: ['\u0001'], labels: ['a'], repeated: 0, conflicting: 0 }, columns, rule)
    expect(E.isLeft(none) && none.left.message).toBe('none of its texts holds a token')
  })
})
