import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { undocumentedIn } from '../../tests/documented.ts'
import { openSandbox, small, type Sandbox } from '../../tests/sandbox.ts'
import type { Explanation } from '../explain/explanation.ts'

let box: Sandbox

const quick = '--steps 10 --backend cpu'

const explained = async (line: string): Promise<Explanation> => {
  const { code, stdout, stderr } = await box.ptu(`explain ${line} --quick --json --backend cpu`)
  expect(stderr).not.toContain('bug')
  expect(code).toBe(0)
  const document = JSON.parse(stdout) as Explanation
  expect(await undocumentedIn(document, 'explanation-schema.md')).toEqual([])
  return document
}

beforeAll(async () => {
  box = await openSandbox()
  const [head = '', ...rows] = (await readFile(join(box.folder, 'to.csv'), 'utf8')).trim().split('\n')
  await writeFile(join(box.folder, 'some.csv'), `${[head, ...rows.filter((_, i) => i % 2 === 0)].join('\n')}\n`)
  await writeFile(join(box.folder, 'others.csv'), `${[head, ...rows.filter((_, i) => i % 2 === 1)].join('\n')}\n`)
  await writeFile(join(box.folder, 'one.csv'), `${[head, ...rows.filter((row) => row.endsWith('dog'))].join('\n')}\n`)
  await writeFile(join(box.folder, 'lone.csv'), `${head}\n${rows[1] ?? ''}\n`)
  await writeFile(join(box.folder, 'pair.csv'), `${[head, rows[1], rows.at(-1)].join('\n')}\n`)
  const huge = rows.filter((_, i) => i % 2 === 1).map((row) => row.replace(/^[^,]*/, '3e38'))
  await writeFile(join(box.folder, 'huge.csv'), `${[head, ...huge].join('\n')}\n`)
  expect(await box.ptu(`train @some.csv --label kind ${quick} --out @trees`)).toMatchObject({ code: 0 })
  const reviews = Array.from(
    { length: 24 },
    (_, i) => `${i % 2 === 0 ? 'a fine book' : 'a dull film'} ${i},${i % 2 === 0 ? 'good' : 'bad'}`,
  )
  await writeFile(join(box.folder, 'reviews.csv'), `body,stars\n${reviews.join('\n')}\n`)
  expect(await box.ptu(`train @reviews.csv --label stars ${quick} --out @reviews`)).toMatchObject({ code: 0 })
})
afterAll(() => box.remove())

describe('ptu explain on a table', () => {
  it('says which columns count, how sure the model is, and what breaks it, on rows that it was not trained on', async () => {
    const { data, leaning, certainty, breaks, answers, cost } = await explained(
      '@trees --data @others.csv --out @page.html',
    )
    expect(data).toMatchObject({ count: 40, seen: 'new', many: 'rows', leftOut: 0 })
    expect(leaning).toMatchObject({ kind: 'columns' })
    expect(leaning).toHaveProperty('columns.length', 6)
    expect(certainty.accuracy.value).toBeGreaterThan(0.8)
    expect(breaks.shifts.map(({ name }) => name).toSorted()).toEqual(['missing cells', 'noise'])
    expect(answers.changes).toContain('Not known')
    expect(cost.leaning.passes).toBe(6 * 2 * 40)
    const page = await readFile(join(box.folder, 'page.html'), 'utf8')
    expect(page).toContain('What breaks it')
    expect(page).not.toMatch(/NaN|undefined|\[object/)
  })

  it('gives the same document but for times', async () => {
    const bare = async (): Promise<object> => ({
      ...(await explained('@trees --data @others.csv --out @page.html')),
      cost: 0,
    })
    expect(await bare()).toEqual(await bare())
  })

  it('warns where the model was trained on these very rows, and leaves out those that it was', async () => {
    const { stdout } = await box.ptu('explain @trees --data @some.csv --quick --backend cpu --out @page.html')
    expect(stdout).toContain('warning: The model was trained on these very rows')
    expect(await readFile(join(box.folder, 'page.html'), 'utf8')).toContain('class="warning"')
    expect((await explained('@trees --data @to.csv --out @page.html')).data).toMatchObject({ count: 40, leftOut: 40 })
  })

  it('answers of one row of each class what can be answered, without intervals', async () => {
    const { certainty, fragile } = await explained('@trees --data @pair.csv --out @page.html')
    expect(certainty.temperature).toBeNull()
    expect(fragile).toEqual({ why: 'there are too few examples' })
  })

  it('looks at no more rows than asked for', async () => {
    expect((await explained('@trees --data @others.csv --limit 25 --out @page.html')).data.count).toBe(25)
  })
})

describe('ptu explain on texts', () => {
  it('leaves out what single words are worth, by name, and answers the rest', async () => {
    const { leaning, answers, breaks } = await explained('@reviews --data @reviews.csv --out @page.html')
    expect(leaning).toMatchObject({ why: expect.stringContaining('words are not weighed') as string })
    expect(answers.certainty).toContain('texts right')
    expect(breaks.shifts.map(({ name }) => name)).toEqual(['missing words'])
  })
})

describe('ptu explain of what ptu transfer made', () => {
  const changesOf = async (line: string) => (await explained(`${line} --data @to.csv --out @page.html`)).changes

  it('compares it with the source as its folder keeps it, rescaled as the method got it', async () => {
    expect(await box.ptu(`transfer ${small} --strategy share --seed 1 --out @kept`)).toMatchObject({ code: 0 })
    const shared = await changesOf('@kept')
    expect(shared).toMatchObject({ source: expect.stringContaining('kept in its folder') as string })
    expect(shared).toMatchObject({ blocks: [{ change: 0, likeness: { value: 1 } }, { change: 0 }] })
    expect(await box.ptu(`transfer ${small} --strategy fine-tune --seed 1 --out @moved`)).toMatchObject({ code: 0 })
    const moved = await changesOf('@moved/model.safetensors')
    const changes = 'blocks' in moved ? moved.blocks.map(({ change }) => change ?? NaN) : []
    expect(changes).toHaveLength(2)
    for (const change of changes) expect(change).toSatisfy((value: number) => value > 0 && value < 1)
    expect(moved).toMatchObject({ blocks: [{ likeness: { value: expect.any(Number) as number } }, {}] })
  })

  it.each([
    ['without its source', undefined, 'neither source.safetensors nor examples.safetensors'],
    ['with the source of another model', '@kept/source.safetensors', 'belongs to another model'],
    ['with a source that is no network', '@to.csv', 'does not keep the source'],
  ])('says why changes are not known: a model %s', async (_, other, why) => {
    await mkdir(join(box.folder, 'alone'), { recursive: true })
    await copyFile(join(box.folder, 'moved/model.safetensors'), join(box.folder, 'alone/model.safetensors'))
    const source = join(box.folder, 'alone/source.safetensors')
    if (other !== undefined) await copyFile(join(box.folder, other.slice(1)), source)
    expect(await changesOf('@alone')).toMatchObject({ why: expect.stringContaining(why) as string })
    await rm(source, { force: true })
  })
})

describe('ptu explain with a source', () => {
  it('tells how far the weights of each block moved from another model', async () => {
    expect(await box.ptu(`transfer ${small} --strategy share --seed 0 --out @share`)).toMatchObject({ code: 0 })
    expect(await box.ptu(`transfer ${small} --strategy fine-tune --seed 0 --out @tuned`)).toMatchObject({ code: 0 })
    const model = '@tuned/model.safetensors --data @to.csv --source @share/model.safetensors --out @page.html'
    const { changes, answers } = await explained(model)
    expect(changes).toMatchObject({ blocks: [{ change: expect.any(Number) as number }, {}] })
    expect(answers.changes).toMatch(/(?:All 2 blocks|Of 2 blocks 1 is exactly as in the source and 1) changed, /)
  })
})

describe('a call of ptu explain that cannot be done', () => {
  it.each([
    ['no data', 'explain @trees', 2, 'required option'],
    ['a folder as the page', 'explain @trees --data @others.csv --out @folder', 2, 'is a folder'],
    ['a page below a file', 'explain @trees --data @others.csv --out @to.csv/page.html', 2, 'is no folder'],
    ['no model', 'explain @nowhere --data @others.csv --backend cpu', 1, 'nowhere'],
    ['data of other columns', 'explain @trees --data @reviews.csv --backend cpu --out @none.html', 1, 'reviews.csv'],
    ['rows of one class', 'explain @trees --data @one.csv --backend cpu --out @none.html', 1, 'two classes or more'],
    ['one row', 'explain @trees --data @lone.csv --backend cpu --out @none.html', 1, 'two classes or more'],
    [
      'numbers that the network makes infinite',
      'explain @trees --data @huge.csv --quick --backend cpu --out @none.html',
      1,
      'finite',
    ],
    ['a limit of 0', 'explain @trees --data @others.csv --limit 0', 2, 'whole number from 1'],
    [
      'a source that is no model',
      'explain @trees --data @others.csv --source @to.csv --backend cpu --out @none.html',
      1,
      'cannot use',
    ],
  ])('%s: says what to do, and writes nothing', async (_, line, code, words) => {
    await mkdir(join(box.folder, 'folder'), { recursive: true })
    const found = await box.ptu(line)
    expect(found.code).toBe(code)
    expect(found.stderr).toContain(words)
    expect(found.stderr).not.toMatch(/\n\s+at /)
    await expect(stat(join(box.folder, 'none.html'))).rejects.toThrow()
  })

  it('a stop: exits 130 and writes nothing', async () => {
    const signal = AbortSignal.abort()
    const line = 'explain @trees --data @others.csv --backend cpu --out @none.html'
    expect(await box.ptu(line, { signal })).toMatchObject({ code: 130 })
    await expect(stat(join(box.folder, 'none.html'))).rejects.toThrow()
  })
})
