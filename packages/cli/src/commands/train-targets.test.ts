import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { key, uniforms } from '@ptu/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { undocumentedIn } from '../../tests/documented.ts'
import { openSandbox, type Outcome, type Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox

const document = ({ stdout }: Outcome): Readonly<Record<string, unknown>> =>
  JSON.parse(stdout) as Readonly<Record<string, unknown>>

const write = (name: string, lines: readonly string[]): Promise<void> =>
  writeFile(join(box.folder, name), `${lines.join('\n')}\n`)

const quick = '--steps 10 --backend cpu'

/** Houses: the price is 2,000 for each unit of size and 50,000 more with a garden; labels follow from size and garden. */
const houses = (from: number, count: number): readonly string[] => {
  const draws = uniforms(key(7), 3 * (from + count))
  return Array.from({ length: count }, (_, i) => {
    const at = 3 * (from + i)
    const [size, garden] = [40 + 100 * (draws[at] ?? 0), Number((draws[at + 1] ?? 0) > 0.5)]
    const price = 2000 * size + 50_000 * garden + 4000 * (draws[at + 2] ?? 0)
    const [large, green] = [Number(size > 90), garden]
    const list = [...(large === 1 ? ['"large; very"'] : []), ...(green === 1 ? ['green'] : [])].join('; ')
    const cells = [size.toFixed(2), garden === 1 ? 'yes' : 'none', price.toFixed(0), large, green]
    return `${cells.join(',')},"${list.replaceAll('"', '""')}"`
  })
}

interface Priced {
  readonly value: number
  readonly interval: { readonly low: number; readonly high: number }
}

const head = 'size,garden,price,large,green,tags'

beforeAll(async () => {
  box = await openSandbox()
  await write('houses.csv', [head, ...houses(0, 60)])
  await write('later.csv', [head, ...houses(60, 40)])
  const prices = `train @houses.csv --label price --regress --ignore large,green,tags ${quick} --test @later.csv --out @prices`
  expect(await box.ptu(prices)).toMatchObject({ code: 0 })
  const sets = `train @houses.csv --label large,green --ignore price,tags --method probe ${quick} --out @sets`
  expect(await box.ptu(sets)).toMatchObject({ code: 0 })
})
afterAll(() => box.remove())

describe('a model of numbers', () => {
  it('explains most of what it is tested on, with an interval, and says so in its document and page', async () => {
    const { stdout } = await box.ptu('inspect @prices')
    expect(stdout).toContain('60 rows, numbers to predict: price')
    expect(stdout).toContain('made to hold 90.0 % of new ones')
    const results = JSON.parse(await readFile(join(box.folder, 'prices/train.json'), 'utf8')) as {
      readonly test: { readonly scores: Readonly<Record<string, number>>; readonly count: number }
      readonly shipped: { readonly method: string }
    }
    expect(await undocumentedIn(results, 'train-schema.md')).toEqual([])
    expect(results).toMatchObject({
      schema: 'ptu-train-targets/1',
      task: { kind: 'regress', interval: { level: 0.9 } },
    })
    expect([results.test.count, results.shipped.method]).toEqual([40, 'probe'])
    expect(results.test.scores['r2']).toBeGreaterThan(0.99)
    expect(results.test.scores['rmse']).toBeLessThan(2500)
    const page = await readFile(join(box.folder, 'prices/report.html'), 'utf8')
    expect(page).toContain('--label price --ignore large,green,tags --regress')
    expect(page).toContain('RMSE')
    expect(page).not.toContain('undefined')
  })

  it('predicts in the unit of its column, as a table, as CSV and as JSON', async () => {
    await write('new.csv', ['size,garden', '100,yes', '100,none', ',yes'])
    const { stdout, code } = await box.ptu('predict @prices @new.csv')
    expect(code).toBe(0)
    expect(stdout).toMatch(/price +90\.0 % interval/)
    expect(stdout).toContain('new.csv:4: column "size": the cell is missing')
    const [first, second] = document(await box.ptu('predict @prices @new.csv --json'))['rows'] as readonly [
      Priced,
      Priced,
    ]
    expect(Math.abs(first.value - 252_000)).toBeLessThan(3000)
    expect(Math.abs(first.value - second.value - 50_000)).toBeLessThan(2000)
    expect((first.interval.low + first.interval.high) / 2).toBeCloseTo(first.value, 0)
    const csv = (await box.ptu('predict @prices @new.csv --csv')).stdout.split('\n')
    expect(csv[0]).toBe('path,price,price low,price high,error')
    expect(csv[1]?.split(',')).toHaveLength(5)
    expect(csv[3]).toMatch(/new\.csv:4,,,,"column ""size"": the cell is missing"$/)
  })

  it('is tested on data that have the column, and on no others', async () => {
    const found = document(await box.ptu('evaluate @prices --data @later.csv --json'))
    expect(found).toMatchObject({ kind: 'regress', count: 40, seen: 'new' })
    // R² is against the mean of the training, there and here.
    const { test } = JSON.parse(await readFile(join(box.folder, 'prices/train.json'), 'utf8')) as {
      readonly test: { readonly scores: Readonly<Record<string, number>> }
    }
    expect((found['scores'] as typeof test.scores)['r2']).toBeCloseTo(test.scores['r2'] ?? NaN, 7)
    await write('words.csv', [head, '50,yes,dear,1,1,', '50,yes,150000,1,1,'])
    expect((await box.ptu('evaluate @prices --data @words.csv')).stdout).toContain('1 row is left out, for instance')
    const lacking = await box.ptu('evaluate @prices --data @new.csv')
    expect(lacking.stderr).toContain('expected a column "price" with the labels')
  })

  it('goes to ONNX as numbers, and is refused where only classes are understood', async () => {
    expect((await box.ptu('export @prices --to onnx --out @onnx')).stdout).toContain('outputs: predictions and logits')
    expect(await readFile(join(box.folder, 'onnx/README.txt'), 'utf8')).toMatch(/price is \d+\S* \+ \d+\S* · logit/)
    const explained = await box.ptu('explain @prices --data @later.csv')
    expect([explained.code, explained.stderr]).toEqual([2, expect.stringContaining('predicts numbers') as string])
  })
})

describe('a model of sets of labels', () => {
  it('has a threshold for each label, which inspect and evaluate show', async () => {
    const { stdout } = await box.ptu('inspect @sets')
    expect(stdout).toMatch(/label +on +from probability +precision % +recall % +F1 %/)
    const tested = document(await box.ptu('evaluate @sets --data @later.csv --json'))
    expect(tested).toMatchObject({ kind: 'multi-label', classes: ['large', 'green'], labels: [{ name: 'large' }, {}] })
    expect((tested['scores'] as Readonly<Record<string, number>>)['macroF1']).toBeGreaterThan(0.95)
    const model = document(await box.ptu('inspect @sets/model.safetensors --json'))
    expect(model).toMatchObject({ task: { kind: 'multi-label' }, encoding: { label: 'large,green' } })
    expect((model['task'] as { readonly thresholds: readonly number[] }).thresholds).toHaveLength(2)
  })

  it('predicts every label, none and many', async () => {
    await write('some.csv', ['size,garden', '130,yes', '45,none'])
    const found = document(await box.ptu('predict @sets @some.csv --json'))['rows']
    expect(found).toMatchObject([
      {
        labels: [
          { name: 'large', on: true },
          { name: 'green', on: true },
        ],
      },
      {
        labels: [
          { name: 'large', on: false },
          { name: 'green', on: false },
        ],
      },
    ])
    expect((await box.ptu('predict @sets @some.csv')).stdout).toContain('(none)')
    const { stdout } = await box.ptu('predict @sets @some.csv --csv')
    expect(stdout.split('\n').map((line) => line.split(',').slice(1).join())).toEqual([
      'large,green,error',
      '1,1,',
      '0,0,',
      '',
    ])
  })

  it('is learnt from lists, whose labels may hold the separator', async () => {
    const { stdout, code } = await box.ptu(
      `train @houses.csv --label tags --separator ; --ignore price,large,green --method probe ${quick} --out @lists`,
    )
    expect(code).toBe(0)
    expect(stdout).toMatch(/60 rows, 2 labels: green \d+, large; very \d+/)
    await write('stray.csv', [head, '50,yes,1,1,1,red', '50,yes,1,1,1,green', '150,none,1,1,1,"""large; very"""'])
    const tested = await box.ptu('evaluate @lists --data @stray.csv')
    expect(tested.stdout).toContain('the label "red" is not one that the model knows')
  })

  it('is not balanced, and no method for classes is taken', async () => {
    const base = `train @houses.csv --label large,green --ignore price,tags ${quick} --out @refused`
    expect((await box.ptu(`${base} --balance`)).stderr).toContain('--balance: expected one class for each of the rows')
    const other = await box.ptu(`${base} --method scratch --regress`)
    expect(other.stderr).toContain('expected one column of labels with --regress')
  })
})

it.each([
  ['--label price --regress --separator ;', '--separator: it goes with lists of labels'],
  ['--label large,green --source @later.csv', '--source: a table as source is for one class each'],
  ['--label prise --regress', 'did you mean "price"?'],
  ['--label garden --regress', 'line 2, column "garden": expected a number to predict'],
  ['--label tags --separator ""', '--separator'],
])('ptu train refuses %s', async (options, message) => {
  const { code, stderr } = await box.ptu(`train @houses.csv ${options} ${quick} --out @odd`)
  expect(code).toBeGreaterThan(0)
  expect(stderr).toContain(message)
  await expect(stat(join(box.folder, 'odd/model.safetensors'))).rejects.toThrow()
})

it('ptu train on numbers as classes names --regress', async () => {
  const { stderr } = await box.ptu(`train @houses.csv --label price --ignore large,green,tags ${quick} --out @classes`)
  expect(stderr).toContain('or predict numbers with --regress')
})
