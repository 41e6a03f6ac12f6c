import { trainConfig, type TargetResults, type TrainConfig } from '@ptu/experiments'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { readingProblems } from '../../tests/readable-page.ts'
import { targetReportPage } from './target-report.ts'

const config = (): TrainConfig => {
  const decoded = trainConfig({ data: 'photos', label: 'price', regress: true }, [])
  if (E.isLeft(decoded)) throw new Error('expected a configuration')
  return decoded.right
}

const shared = {
  schema: 'ptu-train-targets/1',
  versions: { ptu: '0.1.0', node: '20', tfjs: '4.22.0' } as unknown as TargetResults['versions'],
  backend: 'cpu',
  source: { title: 'small' } as unknown as TargetResults['source'],
  examples: 4,
  augmentation: { changes: [], copies: 0 },
  seconds: 3,
  notes: [],
  test: null,
} as const

const held = { depth: null, rate: 1 }
const shipped = { method: 'probe', held, steps: 1, ensemble: false, why: 'asked for' }
const data = { kind: 'photos', path: 'photos', digest: 'd', unreadable: [], frozen: 1 }

const numbers: TargetResults = {
  ...shared,
  data: { ...data, classes: [{ name: 'price', train: 4, test: 0 }] },
  task: { kind: 'regress', scale: { mean: 5, deviation: 2 }, interval: { level: 0.9, margin: 30 } },
  shipped,
  methods: [
    {
      ...{ method: 'probe', held, folds: 5, seconds: 1, count: 4 },
      ...{ scores: { r2: -0.25, rmse: 7, mae: 5 }, interval: { low: -3, high: 0.5 } },
    },
  ],
  learning: {
    curves: [
      {
        method: 'probe',
        points: [
          { examples: 2, count: 4, score: -0.25, interval: { low: -3, high: 0.25 } },
          { examples: 4, count: 4, score: 0.5, interval: { low: 0, high: 0.75 } },
        ],
      },
    ],
    notes: ['from 2 to 4 examples the held-out score changes'],
  },
  heldOut: [
    { file: 'photos/a.png', given: 10, predicted: 8 },
    { file: 'photos/b.png', given: 20, predicted: 45 },
    { file: 'photos/<c>.png', given: 30, predicted: 28 },
    { file: 'photos/d.png', given: 40, predicted: 39 },
  ],
}

const sets: TargetResults = {
  ...shared,
  data: { ...data, classes: ['red', 'blue'].map((name) => ({ name, train: 2, test: 0 })) },
  task: { kind: 'multi-label', thresholds: [0.5, 0.25] },
  shipped,
  methods: [
    {
      ...{ method: 'probe', held, folds: 5, seconds: 1, count: 4, interval: { low: 0.25, high: 1 } },
      scores: { macroF1: 0.75, microF1: 0.8, exact: 0.5 },
      labels: ['red', 'blue'].map((name) => ({ name, count: 2, precision: 1, recall: 0.5, f1: 2 / 3 })),
    },
  ],
  learning: {
    curves: [{ method: 'probe', points: [{ examples: 4, count: 4, score: 0.75, interval: { low: 0.25, high: 1 } }] }],
    notes: [],
  },
}

/** The vertical place of the marks of an axis, by their words. */
const marks = (page: string): ReadonlyMap<string, number> =>
  new Map([...page.matchAll(/<text class="tick" x="38" y="([\d.]+)" text-anchor="end">([^<]*)</g)].map(([, y, text]) => [text ?? '', Number(y) - 4])) // prettier-ignore

describe('the page of numbers', () => {
  const page = targetReportPage(numbers, config())

  it('draws R² down to -1 where it is negative, and no lower', () => {
    const at = marks(page)
    expect([...at.keys()]).toEqual(['-1', '-0.5', '0', '0.5', '1'])
    const [bottom = 0, top = 0] = [at.get('-1'), at.get('1')]
    const score = bottom + ((-0.25 + 1) / 2) * (top - bottom)
    expect(page).toMatch(new RegExp(`points="[\\d.]+,${score.toFixed(1)} [\\d.]+,`))
    expect(page).toContain(`y1="${bottom}" y2="${Math.round(100 * (bottom + (1.25 / 2) * (top - bottom))) / 100}"`)
    expect(page).toContain('held-out R²')
    expect(page).toContain('From 2 to 4 examples the held-out score changes.')
  })

  it('draws given less predicted against predicted, and lists the largest first', () => {
    expect([...page.matchAll(/<circle class="dot"/g)]).toHaveLength(4)
    const zero = Number(/<line class="level"[^>]*y1="([\d.]+)"/.exec(page)?.[1])
    const ys = [...page.matchAll(/cy="([\d.]+)"/g)].map(([, y]) => Number(y))
    // Larger than predicted is above the line.
    expect(ys.map((y) => Math.sign(zero - y))).toEqual([1, -1, 1, 1])
    const files = [...page.matchAll(/<th scope="row">([^<]*\.png)/g)].map(([, file]) => file)
    expect(files).toEqual(['b.png', 'a.png', '&lt;c&gt;.png', 'd.png'])
    expect(page).toContain('<td>20</td><td>45</td><td>-25</td>')
    expect([...page.matchAll(/<line class="equal"/g)]).toHaveLength(2)
  })

  it('leaves the plot out where nothing was held out, and the bounds where there is no interval', () => {
    expect(targetReportPage({ ...numbers, heldOut: [] }, config())).not.toContain('How far predictions are off')
    const task = { kind: 'regress', scale: { mean: 5, deviation: 2 } } as const
    expect(targetReportPage({ ...numbers, task }, config())).not.toContain('class="equal"')
  })
})

describe('the page of sets of labels', () => {
  it('draws macro F1 from 0 to 100 % and has each label in a table', () => {
    const page = targetReportPage(sets, config())
    expect([...marks(page).keys()]).toEqual(['0', '20', '40', '60', '80', '100'])
    expect(page).toContain('held-out macro F1, %')
    expect(page).toMatch(/<th scope="row">blue<\/th><td>2<\/td><td>0\.250<\/td>/)
    expect(page).not.toContain('<circle')
  })
})

describe('both pages in Chromium', () => {
  it.each([390, 1200])(
    'can be read %d pixels wide',
    async (width) => {
      for (const results of [numbers, sets])
        expect(await readingProblems(targetReportPage(results, config()), width)).toEqual([])
    },
    240_000,
  )
})
