import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, type Outcome, type Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox

const write = (name: string, ...lines: readonly string[]): Promise<void> =>
  writeFile(join(box.folder, name), `${lines.join('\n')}\n`)

const rows = (count: number, name: (good: boolean) => string): readonly string[] =>
  Array.from({ length: count }, (_, i) => {
    const letter = String.fromCharCode(97 + (i % 13))
    return i % 2 === 0 ? `a fine book ${letter} ${i},${name(true)}` : `a dull film ${letter} ${i},${name(false)}`
  })

const document = ({ stdout }: Outcome): Readonly<Record<string, unknown>> =>
  JSON.parse(stdout) as Readonly<Record<string, unknown>>

beforeAll(async () => {
  box = await openSandbox()
})
afterAll(() => box.remove())

describe('ptu train on texts with an LSTM that is trained here', () => {
  it('trains it on the other file, transfers it, and labels texts by its tokenizer', async () => {
    await write('other.csv', 'review,verdict', ...rows(40, (good) => (good ? 'buy' : 'leave')))
    await write('own.csv', 'body,stars', ...rows(10, (good) => (good ? '5' : '1')))
    const source = '--source @other.csv#text=review&label=verdict --body text-lstm --tokens 4 --epochs 30'
    const line = `train @own.csv --text body --label stars ${source} --method probe --steps 2 --minutes 0.01 --backend cpu`
    const { code, stdout, stderr } = await box.ptu(`${line} --out @lstm`)
    expect([code, stderr.includes('counts of')]).toEqual([0, false])
    expect(stdout).toContain('as at most 4 tokens of its tokenizer')
    expect(stdout).toContain('source text-lstm trained on')
    const told = document(await box.ptu('predict @lstm --text fine --json --backend cpu'))
    expect(told['texts']).toMatchObject([{ classes: [{ name: '5' }, { name: '1' }] }])
    await write('new.jsonl', '{"body":"the fine book"}', '{"body":"語 dull film"}')
    const foreign = await box.ptu('predict @lstm @new.jsonl --backend cpu')
    expect(foreign.stdout).toMatch(/2 of 6 tokens \(33\.3 %\) are not known to the tokenizer/)
  })

  it('is refused where it says nothing', async () => {
    const counts = await box.ptu('train @own.csv --text body --label stars --source @other.csv --tokens 8 --out @no')
    expect([counts.code, counts.stderr]).toEqual([
      2,
      expect.stringContaining('--body text-lstm beside --source') as string,
    ])
    const alone = await box.ptu('train @own.csv --text body --label stars --body text-lstm --out @no')
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining('name one with --source') as string])
    const mnist = await box.ptu('compare --source mnist:0-1 --target mnist:2-3 --body text-lstm --out @no')
    expect([mnist.code, mnist.stderr]).toEqual([
      2,
      expect.stringContaining('expected texts with one label each') as string,
    ])
  })
})

describe('ptu train on bad texts', () => {
  const line = 'train @bad.csv --text body --label stars --method probe --steps 5 --backend cpu --out @bad'

  it.each([
    ['an empty text', [' ,good', 'x,bad'], 'line 2: the text is empty'],
    ['one label only', ['a fine film,good', 'a dull film,good', 'a book,good'], 'classes'],
    ['a NUL', ['a fi\0lm,good', 'a dull film,bad'], 'line 2 holds a NUL byte'],
    ['a quotation mark that never closes', ['a film,good', '"a dull film,bad', 'a,b'], 'the row that begins at line 3'],
  ])('says what is wrong with %s', async (_what, lines, said) => {
    await write('bad.csv', 'body,stars', ...lines)
    const { code, stderr } = await box.ptu(line)
    expect([code, stderr]).toEqual([1, expect.stringContaining(said)])
  })

  it('says which line is not UTF-8, in training and in labelling', async () => {
    await writeFile(join(box.folder, 'bad.csv'), Buffer.from(`body,stars\na film,good\ncaf\xe9,bad\n`, 'latin1'))
    expect((await box.ptu(line)).stderr).toContain('line 3 is not UTF-8; save the file as UTF-8')
  })

  it('keeps labels with spaces, quotes and commas as they are', async () => {
    const [good, bad] = ['"very ""good"", yes"', '" so so "']
    await write('odd.csv', 'body,stars', ...rows(20, (is) => (is ? good : bad)))
    const trained = await box.ptu(line.replace('bad.csv', 'odd.csv').replace('@bad', '@odd'))
    expect(trained.code).toBe(0)
    const told = document(await box.ptu('predict @odd --text fine --json --backend cpu'))
    expect(told['texts']).toMatchObject([{ classes: [{ name: 'very "good", yes' }, { name: ' so so ' }] }])
    const { stdout } = await box.ptu('predict @odd @odd.csv --csv --backend cpu')
    expect(stdout.split('\n')[1]).toContain(`,${good},0.`)
    const html = await readFile(join(box.folder, 'odd/report.html'), 'utf8')
    expect(html).toContain('very &quot;good&quot;, yes')
  })
})
