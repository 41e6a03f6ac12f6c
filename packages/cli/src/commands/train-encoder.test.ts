import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openEncoderBox, tokenizer, words } from '../../tests/encoder-box.ts'
import type { Outcome, Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox
let trained: Outcome

beforeAll(async () => {
  box = await openEncoderBox()
  const line = 'train @reviews.csv --text body --label stars --model @encoder --tokens 8 --method probe --backend cpu'
  trained = await box.ptu(`${line} --steps 5 --out @model`)
})
afterAll(() => box.remove())

describe('ptu train on texts with a pretrained encoder', () => {
  it('says what it read, of which network, and that there is no page', () => {
    expect(trained.code).toBe(0)
    expect(trained.stdout).toContain('24 texts of 2 classes: bad 12, good 12')
    expect(trained.stdout).toContain('texts of the column "body" as at most 8 tokens of its tokenizer')
    expect(trained.stdout).toContain('source transformers BertModel from encoder; 2 of its 4 blocks stay as they are')
    expect(trained.stderr).toContain('has no page and no model of tfjs: pages cannot number texts by a tokenizer yet')
  })

  it('makes a model that labels new texts, and says what it does not know', async () => {
    const several = await box.ptu('predict @model --text film --text plot --csv')
    expect(several.stdout.split('\n').map((line) => line.split(',')[0])).toEqual(['path', 'text:1', 'text:2', ''])
    const { code, stdout } = await box.ptu('predict @model --text film --json')
    expect(code).toBe(0)
    const found = JSON.parse(stdout) as { readonly results?: readonly unknown[] }
    expect(JSON.stringify(found)).toContain('"good"')
    await writeFile(join(box.folder, 'new.csv'), 'stars,body\ngood,a fine unheard film\nbad,so dull\n')
    const tested = await box.ptu('evaluate @model --data @new.csv --backend cpu')
    expect(tested.stdout).toContain('of 2 examples')
    expect(tested.stderr + tested.stdout).toContain('1 of 6 tokens (16.7 %) are not known to the tokenizer')
  })

  it('reads the first tokens of a long text, and says so', async () => {
    await writeFile(join(box.folder, 'long.csv'), `stars,body\ngood,${'so '.repeat(20)}fine\nbad,dull\n`)
    const tested = await box.ptu('evaluate @model --data @long.csv --backend cpu')
    expect(tested.stderr + tested.stdout).toContain('1 of 2 texts are longer than the 8 tokens that the model reads')
  })

  it.each([
    ['--tokens 11', '--tokens: encoder reads at most 10 tokens, got 11'],
    ['--range 0..1', 'it does not go with text'],
    ['--source @other.csv', 'expected --model or --source, got both'],
  ])('is refused with %s', async (options, said) => {
    const line = `train @reviews.csv --text body --label stars --model @encoder ${options} --out @refused`
    const { code, stderr } = await box.ptu(line)
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)])
  })

  it('makes a model that ptu explain refuses, for shuffled tokens would say nothing', async () => {
    const { code, stderr } = await box.ptu('explain @model --data @reviews.csv')
    expect([code, stderr]).toEqual([2, expect.stringContaining('reads texts by the tokenizer of an encoder')])
  })

  it('makes a model that another training goes on from', async () => {
    const line = 'train @reviews.csv --text body --label stars --model @model --forget --method probe --steps 5'
    const { code, stdout } = await box.ptu(`${line} --backend cpu --out @again`)
    expect([code, stdout]).toEqual([0, expect.stringContaining('as at most 8 tokens of its tokenizer')])
  })

  it('is refused without the tokenizer that belongs to the network', async () => {
    const line = 'train @reviews.csv --text body --label stars --model @encoder --out @refused'
    const path = join(box.folder, 'encoder/tokenizer.json')
    const right = await readFile(path, 'utf8')
    await writeFile(path, tokenizer([...words, ...Array.from({ length: 20 }, (_, i) => `more${i}`)]))
    const other = await box.ptu(line)
    expect(other.stderr).toContain('it knows 32 tokens, the network 31: it belongs to another network')
    await writeFile(path, tokenizer(['film', ...words.slice(1)]).replace('"content":"[PAD]"', '"content":"film"'))
    const padded = await box.ptu(line)
    expect([padded.code, padded.stderr]).toEqual([
      1,
      expect.stringContaining('token 0, by which the network pads, is "film": it belongs to another network') as string,
    ])
    await rm(path)
    const missing = await box.ptu(line)
    expect(missing.stderr).toContain('an encoder of texts needs the tokenizer.json it was trained with')
    expect([other.code, missing.code]).toEqual([1, 1])
    await writeFile(path, right)
  })
})
