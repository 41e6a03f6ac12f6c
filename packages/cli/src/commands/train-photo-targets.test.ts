import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { key, uniforms } from '@ptu/core'
import { encode } from 'fast-png'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, type Outcome, type Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox
let modules = ''

/** A network of a user: convolutions with random parameters. */
const network = `
import { key } from '@ptu/core'
import { conv2d, relu, serial } from '@ptu/layers'
import { initBody } from '@ptu/networks'
const body = ['one', 'two'].map((name) => ({ name, layer: serial(conv2d(6, 3, { stride: 2 }), relu) }))
const input = { shape: [8, 8, 3], normalisation: { mean: 127.5, deviation: 127.5 } }
const image = { size: [8, 8], channels: 3, fit: 'squash' }
export const source = {
  name: 'small',
  open: async () => ({ body, params: initBody(body, key(0), [8, 8, 3]), input: { ...input, image } }),
}
`

const document = ({ stdout }: Outcome): Readonly<Record<string, unknown>> =>
  JSON.parse(stdout) as Readonly<Record<string, unknown>>

const write = (name: string, lines: readonly string[]): Promise<void> =>
  writeFile(join(box.folder, name), `${lines.join('\n')}\n`)

const head = 'photo,level,red,blue,tags'

/** Squares of one colour with noise: the level is the mean of red and blue, which are labels where they are strong. */
const squares = async (from: number, count: number): Promise<readonly string[]> => {
  const draws = uniforms(key(5), 2 * (from + count))
  const rows: string[] = []
  for (let i = from; i < from + count; i++) {
    const [red, blue] = [220 * (draws[2 * i] ?? 0), 220 * (draws[2 * i + 1] ?? 0)]
    const noise = uniforms(key(100 + i), 8 * 8 * 3)
    const data = Uint8Array.from(noise, (u, at) => ([red, 80, blue][at % 3] as number) + 20 * u)
    await writeFile(join(box.folder, `photos/${i}.png`), encode({ width: 8, height: 8, channels: 3, data }))
    const on = [red > 110, blue > 110]
    const tags = ['red', 'blue'].filter((_, at) => on[at] === true).join('|')
    rows.push(`${i}.png,${((red + blue) / 2).toFixed(1)},${on.map(Number).join(',')},${tags}`)
  }
  return rows
}

let quick = ''

beforeAll(async () => {
  box = await openSandbox()
  const root = join(import.meta.dirname, '../../../..')
  await mkdir(join(root, '.cache'), { recursive: true })
  modules = await mkdtemp(join(root, '.cache/small-'))
  await writeFile(join(modules, 'network.mjs'), network)
  quick = `--model ${join(modules, 'network.mjs')} --freeze 1 --method probe --steps 4 --backend cpu`
  await mkdir(join(box.folder, 'photos'))
  await write('photos/labels.csv', [head, ...(await squares(0, 70))])
  await write('later.csv', [head, ...(await squares(70, 20)).map((row) => `photos/${row}`)])
  const levels = `train @photos --label level --regress ${quick} --test @later.csv --out @levels`
  expect(await box.ptu(levels)).toMatchObject({ code: 0 })
  const sets = `train @photos/labels.csv --label tags --separator | ${quick} --out @sets`
  expect(await box.ptu(sets)).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await box.remove()
  await rm(modules, { recursive: true, force: true })
})

describe('a model of numbers of images', () => {
  it('is trained on the table of a folder, and shows it', async () => {
    const { stdout } = await box.ptu('inspect @levels')
    expect(stdout).toContain('70 images, numbers to predict: level')
    const results = JSON.parse(await readFile(join(box.folder, 'levels/train.json'), 'utf8')) as {
      readonly test: { readonly scores: Readonly<Record<string, number>>; readonly count: number }
      readonly notes: readonly string[]
    }
    expect(results.test.count).toBe(20)
    expect(results.test.scores['r2']).toBeGreaterThan(0.5)
    expect(results.notes).not.toContainEqual(expect.stringContaining('does not name'))
    const page = await readFile(join(box.folder, 'levels/report.html'), 'utf8')
    expect(page).toContain('--label level --regress')
  })

  it('predicts them with an interval, in the unit of the column', async () => {
    const { stdout, code } = await box.ptu('predict @levels @photos/80.png @photos/81.png --csv')
    expect(code).toBe(0)
    const [first, ...rows] = stdout.trim().split('\n')
    expect(first).toBe('path,level,level low,level high,error')
    const later = (await readFile(join(box.folder, 'later.csv'), 'utf8')).split('\n')
    for (const row of rows) {
      const [path = '', value, low, high] = row.split(',')
      const truth = Number(later.find((line) => line.includes(path.split('/').at(-1) ?? ''))?.split(',')[1])
      expect(Math.abs(Number(value) - truth)).toBeLessThan(100)
      expect(Number(low)).toBeLessThan(Number(high))
    }
  })

  it('is tested on tables that have its columns', async () => {
    const found = document(await box.ptu('evaluate @levels --data @later.csv --json'))
    expect(found).toMatchObject({ kind: 'regress', count: 20, seen: 'new' })
    const { test } = JSON.parse(await readFile(join(box.folder, 'levels/train.json'), 'utf8')) as {
      readonly test: { readonly scores: Readonly<Record<string, number>> }
    }
    expect((found['scores'] as typeof test.scores)['r2']).toBeCloseTo(test.scores['r2'] ?? NaN, 6)
    const own = await box.ptu('evaluate @levels --data @photos/labels.csv')
    expect(own.stdout).toContain('trained on')
    await write('lacking.csv', ['photo,size', 'photos/1.png,3'])
    const lacking = await box.ptu('evaluate @levels --data @lacking.csv')
    expect([lacking.code, lacking.stderr]).toEqual([1, expect.stringContaining('the table lacks "level"') as string])
    await write('part.csv', [head, 'photos/71.png,high,1,1,', 'photos/72.png,90,0,0,', 'photos/73.png,70,0,0,'])
    expect((await box.ptu('evaluate @levels --data @part.csv')).stdout).toContain('1 image is left out, for instance')
  })
})

describe('a model of sets of labels of images', () => {
  it('has a threshold for each, and names those that are on', async () => {
    const tested = document(await box.ptu('evaluate @sets --data @later.csv --json'))
    expect(tested).toMatchObject({ kind: 'multi-label', classes: ['blue', 'red'], count: 20 })
    expect((tested['scores'] as Readonly<Record<string, number>>)['macroF1']).toBeGreaterThan(0.8)
    const model = document(await box.ptu('inspect @sets/model.safetensors --json'))
    expect(model).toMatchObject({
      task: { kind: 'multi-label' },
      columns: { image: 'photo', label: 'tags', target: { columns: ['tags'], separator: '|' } },
    })
    const found = document(await box.ptu('predict @sets @photos/80.png --json'))['images']
    expect(found).toMatchObject([{ labels: [{ name: 'blue' }, { name: 'red' }] }])
  })
})

describe('ptu compare on images', () => {
  const compare = () => `--model ${join(modules, 'network.mjs')} --freeze 1 --backend cpu --steps 30 --shots 3`
  const scored = async (name: string): Promise<Readonly<Record<string, unknown>>> =>
    JSON.parse(await readFile(join(box.folder, name), 'utf8')) as Readonly<Record<string, unknown>>

  it('takes numbers and lists of labels from the table of a folder', async () => {
    const methods = '--seeds 1 --strategies fine-tune-all,ptu'
    const numbers = `compare ${compare()} --target images:@photos#label=level&regress=yes ${methods} --out @run`
    expect(await box.ptu(numbers)).toMatchObject({ code: 0 })
    expect(await scored('run/results.json')).toMatchObject({ target: { kind: 'regress', testExamples: 21 } })
    const lists = `compare ${compare()} --target images:@photos/labels.csv#label=tags&lists=bar ${methods} --out @lists`
    expect(await box.ptu(lists)).toMatchObject({ code: 0 })
    expect(await scored('lists/results.json')).toMatchObject({
      target: { kind: 'multi-label', classes: ['blue', 'red'], testExamples: 23, testLabels: 2 * 23 },
    })
  }, 60_000)

  it('is of a model that is tested on the images that were held out from it, and on others', async () => {
    const ship = `transfer ${compare()} --target images:@photos#label=level&regress=yes --strategy ptu --out @shipped --json`
    const { score } = document(await box.ptu(ship)) as { readonly score: { readonly value: number } }
    const model = 'evaluate @shipped/model.safetensors --json --data'
    const held = document(await box.ptu(`${model} images:@photos#label=level&regress=yes`))
    expect(held).toMatchObject({
      seen: 'held out',
      count: 21,
      scores: { r2: expect.closeTo(score.value, 5) as number },
    })
    expect(document(await box.ptu(`${model} @later.csv`))).toMatchObject({ seen: 'new', count: 20 })
    const other = await box.ptu(`${model} images:@photos#label=tags`)
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('no image can be') as string])
  }, 60_000)
})

it.each([
  ['--label level --regress --image phot', 'expected a column "phot" of files'],
  ['--label tags --regress', 'expected a number to predict, got'],
  ['--label red,bleu', 'did you mean "blue"?'],
  ['--label red,blue --balance', '--balance: expected one class for each of the images'],
  ['--label level --regress --strict', 'images are left out that the table does not name'],
  ['--label red --missing drop', '--missing: it does not go with photos'],
])('ptu train on images refuses %s', async (options, message) => {
  const { code, stderr } = await box.ptu(`train @photos ${options} ${quick} --out @odd`)
  expect(code).toBeGreaterThan(0)
  expect(stderr).toContain(message)
  await expect(stat(join(box.folder, 'odd/model.safetensors'))).rejects.toThrow()
})
