import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openEncoderBox } from '../../tests/encoder-box.ts'
import type { Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox

beforeAll(async () => {
  box = await openEncoderBox()
})
afterAll(() => box.remove())

const compare = 'compare --model @encoder --tokens 8 --backend cpu --workers 1 --steps 2 --shots 3 --seeds 2'

describe('ptu compare on texts with a pretrained encoder', () => {
  it('compares every kind of method on labels that are drawn from the texts', async () => {
    const methods = 'share,freeze,probe,fine-tune-all,layer-wise,lp-ft,lora-qv,setfit,ptu,ptu-fixed'
    const { code, stdout, stderr } = await box.ptu(
      `${compare} --target @reviews.csv#text=body&label=stars --strategies ${methods} --out @run`,
    )
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('ptu:')])
    expect(stdout).toContain('source transformers BertModel from encoder')
    for (const method of [
      ...methods.split(',').map((name) => (/^(share|freeze)$/.test(name) ? `${name}*` : name)),
      'any*',
    ])
      expect(stdout).toMatch(new RegExp(`^${method.replace('*', String.raw`\*`)} +[0-9]`, 'm'))
    const { source, target, settings } = JSON.parse(await readFile(join(box.folder, 'run/results.json'), 'utf8')) as {
      readonly source: { readonly blocks: readonly string[] }
      readonly target: { readonly kind: string; readonly testExamples: number }
      readonly settings: { readonly judged: string }
    }
    expect(source.blocks).toHaveLength(4)
    // 12 of the 24 texts are repetitions.
    expect([target.kind, target.testExamples, settings.judged]).toEqual(['classify', 4, 'ptu'])
  })

  it('tells texts that it leaves out, cuts, or does not know', async () => {
    const rows = [
      'good,a fine film',
      'bad,a dull film',
      'good,a fine book',
      'bad,a dull book',
      `bad,${'so '.repeat(9)}`,
    ]
    await writeFile(join(box.folder, 'odd.csv'), ['stars,body', ...rows, 'good,\u200d', 'good,fine zebra'].join('\n'))
    const { code, stderr } = await box.ptu(
      `${compare.replace('--shots 3', '--shots 1')} --target @odd.csv#text=body --strategies probe,share-all --out @odd`,
    )
    expect([code, stderr]).toEqual([0, expect.stringContaining('left out, 1 of the texts of')])
    expect(stderr).toContain('odd.csv:7: the text holds no token')
    expect(stderr).toContain('1 of 6 texts are longer than the 8 tokens that the model reads')
    expect(stderr).toMatch(/1 of [0-9]+ tokens .* are not known to the tokenizer/)
  })

  it.each([
    ['@reviews.csv#text=body&steps=4', '#steps: say with --tokens how many tokens are read'],
    ['@reviews.csv#text=body&unit=character', '#unit: the network brings its tokenizer'],
    ['@reviews.csv#text=nope', 'expected a column "nope", the columns are'],
    ['mnist:0-4', 'expected a file of texts for an encoder of texts'],
    ['brown:adventure', 'expected a file of texts for an encoder of texts'],
  ])('refuses %s', async (target, said) => {
    const { code, stderr } = await box.ptu(`${compare} --target ${target} --strategies probe,ptu --out @refused`)
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining(said)])
  })

  it('refuses more labels than a class has', async () => {
    const { code, stderr } = await box.ptu(
      `${compare.replace('--shots 3', '--shots 50')} --target @reviews.csv --strategies probe,ptu --out @refused`,
    )
    expect([code, stderr]).toEqual([1, expect.stringContaining('expected at least 50')])
  })
})

describe('ptu compare on texts with numbers and lists of labels', () => {
  beforeAll(async () => {
    const texts = ['film', 'book', 'and', 'very', 'so', 'a film', 'a book', 'so and'].flatMap((end, i) =>
      ['fine', 'dull', 'fine fine', 'dull dull', 'very fine'].map((start, j) => {
        const tags = [...(j % 2 === 0 ? ['good'] : []), ...(end.includes('film') ? ['film'] : [])]
        return `${start} ${end},${(j % 2 === 0 ? 10 : 2) + i / 10},${tags.join('|')}`
      }),
    )
    await writeFile(join(box.folder, 'notes.csv'), ['body,grade,tags', ...texts, ''].join('\n'))
  })
  const quick = compare.replace('--shots 3', '--shots 2').replace('--seeds 2', '--seeds 1')

  it.each([
    ['#text=body&label=grade&regress=yes', { kind: 'regress', classes: ['grade'], testExamples: 12, testLabels: 12 }],
    [
      '#text=body&label=tags&lists=bar',
      { kind: 'multi-label', classes: ['film', 'good'], testExamples: 11, testLabels: 22 },
    ],
  ])('is by the score of %s', async (options, target) => {
    const line = `${quick} --target @notes.csv${options} --strategies share-all,ptu --out @${target.kind}`
    const { code, stderr } = await box.ptu(line)
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('ptu:')])
    expect(JSON.parse(await readFile(join(box.folder, `${target.kind}/results.json`), 'utf8'))).toMatchObject({
      target,
    })
  })

  it('is of a model that reads the columns of its texts and tells what was held out', async () => {
    const data = '@notes.csv#text=body&label=grade&regress=yes'
    const ship = 'transfer --model @encoder --tokens 8 --backend cpu --steps 2 --shots 2'
    const made = await box.ptu(`${ship} --target ${data} --strategy fine-tune-all --out @graded --json`)
    const { score, parameters, bytes } = JSON.parse(made.stdout) as {
      readonly score: { readonly value: number }
      readonly parameters: number
      readonly bytes: number
    }
    const saved = JSON.parse((await box.ptu('inspect @graded/model.safetensors --json')).stdout) as {
      readonly blocks: readonly { readonly parameters: number }[]
    }
    // The blocks that stay as they were are in the file, too.
    const all = saved.blocks.reduce((sum, block) => sum + block.parameters, 0)
    expect([parameters, bytes]).toEqual([all, 4 * all])
    const tested = await box.ptu(`evaluate @graded/model.safetensors --data ${data} --json`)
    expect(JSON.parse(tested.stdout)).toMatchObject({
      ...{ seen: 'held out', count: 12 },
      scores: { r2: expect.closeTo(score.value, 4) as number },
    })
  })
})

describe('ptu advise on texts with a pretrained encoder', () => {
  it('weighs the evidence of the labelled texts', async () => {
    const { code, stdout, stderr } = await box.ptu(
      'advise --model @encoder --tokens 8 --backend cpu --data @reviews.csv#text=body&label=stars --out @advice.json',
    )
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('ptu:')])
    expect(stdout).toContain('BertModel from encoder')
  })
})
