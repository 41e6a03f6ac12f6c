import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { key, normals } from '@ptu/core'
import { resultsDecoder, type Results } from '@ptu/experiments'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, type Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox
let found: Results

const numbers = 'to-numbers.csv#label=price&regress=yes&ignore=large,loud'
const sets = 'to-numbers.csv#label=large,loud&ignore=price'
const short = '--source @from.csv --body mlp --backend cpu --shots 3 --steps 30 --epochs 60'

/** Runs a command line that works, and gives what it printed. */
const done = async (text: string): Promise<string> => {
  const { code, stdout, stderr } = await box.ptu(text)
  if (code !== 0) throw new Error(stderr)
  return stdout
}

beforeAll(async () => {
  box = await openSandbox()
  const draws = normals(key(9), 6 * 100)
  const rows = Array.from({ length: 100 }, (_, i) => {
    const row = [...draws.subarray(6 * i, 6 * i + 6)]
    const [a = 0, b = 0, c = 0] = row
    const targets = [(300 + 50 * a - 20 * b).toFixed(1), Number(a > 0.5), Number(c > 0)]
    return [...row.map((x) => x.toFixed(4)), ...targets].join()
  })
  await writeFile(join(box.folder, 'to-numbers.csv'), ['a,b,c,d,e,f,price,large,loud', ...rows, ''].join('\n'))
  await done(`compare ${short} --target @${numbers} --seeds 3 --strategies share,fine-tune-all,ptu --out @runs/numbers`)
  const decoded = resultsDecoder(JSON.parse(await readFile(join(box.folder, 'runs/numbers/results.json'), 'utf8')), [])
  if (E.isLeft(decoded)) throw new Error(JSON.stringify(decoded.left))
  found = decoded.right
}, 120_000)
afterAll(() => box.remove())

describe('ptu compare on numbers', () => {
  it('writes results and a page by R²', async () => {
    expect(found.target).toMatchObject({ kind: 'regress', classes: ['price'], testExamples: 30 })
    expect(found.verdict).toContain('of R² from share*')
    const page = await readFile(join(box.folder, 'runs/numbers/report.html'), 'utf8')
    expect(page).toContain('R² on the test data')
    expect(page).toContain('<dt>numbers</dt><dd>price</dd>')
    expect(page).toContain('RMSE')
  })

  it('is of the model that ptu transfer saves: tested on what was held out it has the same R², and it predicts', async () => {
    const ship = `transfer ${short} --target @${numbers} --strategy fine-tune-all --seed 0 --out @runs/model --json`
    const own = found.runs.find(({ method, seed }) => method === 'fine-tune-all' && seed === 0)
    expect(JSON.parse(await done(ship))).toMatchObject({ score: { name: 'R²', value: own?.accuracy }, accuracy: null })
    const evaluated = await done(`evaluate @runs/model/model.safetensors --data @${numbers} --json`)
    expect(JSON.parse(evaluated)).toMatchObject({
      ...{ kind: 'regress', seen: 'held out', count: 30 },
      scores: { r2: expect.closeTo(own?.accuracy ?? NaN, 5) as number },
    })
    const predicted = JSON.parse(await done('predict @runs/model/model.safetensors @to-numbers.csv --json')) as {
      readonly rows: readonly { readonly value: number }[]
    }
    expect(predicted.rows).toHaveLength(100)
    expect(Math.abs((predicted.rows[0]?.value ?? NaN) - 300)).toBeLessThan(300)
  }, 60_000)

  it('refuses what does not fit, by name', async () => {
    const refused = async (text: string): Promise<string> => {
      const { code, stderr } = await box.ptu(text)
      expect(code).toBeGreaterThan(0)
      return stderr
    }
    expect(await refused(`compare ${short} --target @${numbers} --strategies setfit --out @runs/no`)).toContain(
      'setfit: expected a task of the kind classify, got regress',
    )
    expect(await refused(`compare ${short} --target @${numbers} --measure calibration --out @runs/no`)).toContain(
      '--measure calibration: expected one class for each example, got a task of the kind regress',
    )
    expect(await refused('evaluate @runs/model/model.safetensors --data @to.csv#label=kind')).toContain(
      'expected a number',
    )
    expect(await refused(`train @to.csv --source @${numbers} --out @odd`)).toContain('expected one class for each row')
    await done(`transfer ${short} --target @to.csv --strategy ptu --out @runs/classes`)
    expect(await refused(`evaluate @runs/classes/model.safetensors --data @${sets}`)).toContain(
      'expected one class for each example to test on',
    )
  })
})

describe('ptu advise on numbers and sets of labels', () => {
  it.each([
    [numbers, '30 labelled examples with numbers (price) in', '3 of each tenth of them drawn with seed 0'],
    [sets, 'labelled examples with sets of 2 labels in', '3 with each label drawn with seed 0'],
  ])(
    'weighs the evidence of %s, which ptu-evidence follows',
    async (target, words, drawn) => {
      const source = '--source @from.csv --body mlp --backend cpu --epochs 60'
      const text = await done(`advise ${source} --target @${target} --shots 3`)
      expect(text).toContain(words)
      expect(text).toContain(drawn)
      expect(text).toMatch(/\nfine-tune-all +-?\d+\.\d\d/)
      const advice = JSON.parse(await done(`advise ${source} --target @${target} --shots 3 --json`)) as {
        readonly advantage: number
        readonly examples: number
      }
      const made = `transfer ${short} --target @${target} --strategy ptu-evidence --out @runs/evidence-${target.length}`
      expect(await done(made)).toContain('ptu-evidence to')
      expect(advice.advantage).toBeGreaterThanOrEqual(0)
    },
    60_000,
  )
})

describe('ptu transfer to sets of labels', () => {
  it('saves a model of macro F1, whose test data are those that were held out', async () => {
    const ship = `transfer ${short} --target @${sets} --strategy ptu --out @runs/sets`
    const text = await done(ship)
    const [, score] = /^ptu to large, loud: macro F1 (\d+\.\d) % of 30 test examples/m.exec(text) ?? []
    expect(await done(`evaluate @runs/sets/model.safetensors --data @${sets}`)).toContain(`macro F1 ${score ?? ''} %`)
    const inspected = await done(`inspect @runs/sets/model.safetensors`)
    expect(inspected).toContain(`steps: macro F1 ${score ?? ''} % on its test data`)
    expect(inspected).toContain('sets of labels large, loud')
  }, 60_000)
})
