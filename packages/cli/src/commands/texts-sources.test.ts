import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, type Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox

const rows = (count: number, names: readonly [string, string]): readonly string[] =>
  Array.from({ length: count }, (_, i) => {
    const letter = String.fromCharCode(97 + (i % 13))
    return i % 2 === 0 ? `a fine book ${letter} ${i % 26},${names[0]}` : `a dull film ${letter} ${i % 26},${names[1]}`
  })

const write = (name: string, ...lines: readonly string[]): Promise<void> =>
  writeFile(join(box.folder, name), `${lines.join('\n')}\n`)

const chars2vec = fileURLToPath(new URL('../../../formats/fixtures/chars2vec', import.meta.url))

beforeAll(async () => {
  box = await openSandbox()
  await write('other.csv', 'review,verdict', ...rows(52, ['buy', 'leave']))
  const own = rows(24, ['5', '1']).map((row) => row.replace('a ', '7 '))
  await write('own.csv', 'body,stars', ...own)
  const letters = Array.from(
    { length: 24 },
    (_, i) => `${i.toString(3).padStart(4, '0')},${i % 2 === 0 ? 'even' : 'odd'}`,
  )
  await write(
    'letters.csv',
    'text,label',
    ...letters.map((row) => row.replace(/[0-2]/g, (digit) => 'abc'.charAt(Number(digit)))),
  )
  await write('vectors.txt', 'fine 1 0.5 -0.5 2', 'dull -1 0.25 0.5 -2', 'zebra 9 9 9 9', 'book 0.1 0.2 0.3 0.4')
})
afterAll(() => box.remove())

const small = '--backend cpu --workers 1 --steps 3 --shots 3 --seeds 1'

describe('ptu compare on texts', () => {
  it('trains an LSTM over the words of another file unless told otherwise, from vectors where they are named', async () => {
    const line = `compare --source @other.csv --tokens 6 --epochs 4 --target @own.csv ${small} --allow-untrained`
    const { code, stdout, stderr } = await box.ptu(
      `${line} --embeddings @vectors.txt --strategies scratch,share,fine-tune-all,probe,ptu --out @run`,
    )
    expect([code, stderr]).toEqual([0, expect.stringContaining('vectors of 4 numbers for 3 of ')])
    expect(stdout).toContain('source text-lstm trained on')
    expect(stdout).toContain('from the vectors of')
    for (const method of ['scratch', 'share', 'ptu']) expect(stdout).toMatch(new RegExp(`^${method}\\*? +[0-9]`, 'm'))
    const results = JSON.parse(await readFile(join(box.folder, 'run/results.json'), 'utf8')) as object
    expect(results).toMatchObject({ settings: { source: { body: 'text-lstm', tokens: 6 } } })
  })

  it('compares on a network of chars2vec, whose characters are what a text is made of', async () => {
    const { code, stdout, stderr } = await box.ptu(
      `compare --model ${chars2vec} --tokens 3 --target @letters.csv ${small} --strategies share-all,probe,fine-tune-all,ptu --out @characters`,
    )
    expect([code, stderr]).toEqual([0, expect.stringContaining('24 of 24 texts are longer than the 3 tokens')])
    expect(stdout).toContain('chars2vec of 5 characters and 3 units from chars2vec')
  })

  it.each([
    [
      'compare --source @other.csv --target @own.csv --embeddings @none.txt',
      'none.txt: it does not exist; check the path',
    ],
    ['compare --model minilm --target @own.csv --embeddings @vectors.txt', 'expected only beside source'],
    ['compare --source @from.csv --target @to.csv --embeddings @vectors.txt', 'expected texts whose tokens start'],
    ['train @own.csv --embeddings @vectors.txt', 'expected --source other.csv and --body text-lstm beside it'],
  ])('says what is wrong: %s', async (line, said) => {
    const { code, stderr } = await box.ptu(`${line} --backend cpu --out @no`)
    expect([code > 0, stderr]).toEqual([true, expect.stringContaining(said)])
  })
})

describe('ptu train on texts', () => {
  it('transfers an LSTM that started from vectors of words, and says how to repeat it', async () => {
    const source = '--source @other.csv#text=review&label=verdict --body text-lstm --tokens 6 --epochs 4'
    const { code, stderr } = await box.ptu(
      `train @own.csv ${source} --embeddings @vectors.txt --method probe --steps 2 --minutes 0.01 --backend cpu --out @vectors`,
    )
    expect([code, stderr]).toEqual([0, expect.stringContaining('vectors of 4 numbers for 3 of ')])
    const page = await readFile(join(box.folder, 'vectors/report.html'), 'utf8')
    expect(page).toMatch(/--body text-lstm --tokens 6 --embeddings [^ ]*vectors\.txt/)
  })

  it('labels texts by the characters of chars2vec', async () => {
    const trained = await box.ptu(
      `train @own.csv --model ${chars2vec} --tokens 16 --method probe --steps 2 --minutes 0.01 --backend cpu --out @characters-model`,
    )
    expect(trained.code).toBe(0)
    const { stdout } = await box.ptu('predict @characters-model --text caba --json --backend cpu')
    expect(JSON.parse(stdout)).toMatchObject({ texts: [{ classes: [{}, {}] }] })
  })
})
