import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { taskKindNamed, type EvidenceReading, type RunResult, type Results, type Row } from '@ptu/experiments'
import { goldenOf, goldenPath } from '../../tests/golden-page.ts'
import { accuracyChart } from './accuracy-chart.ts'
import { curveChart } from './curve-chart.ts'
import { evidenceChart } from './evidence-chart.ts'
import { gateCharts, hasLearntGates } from './gate-chart.ts'
import { element, escape } from './markup.ts'
import { reportPage } from './report.ts'
import { resultText } from './result-table.ts'

const run = (method: string, seed: number, accuracy: number): RunResult => ({
  method,
  seed,
  chosen: method,
  depth: null,
  rate: 0.004,
  accuracy,
  curve: [2, 1, 0.5],
  gates: method === 'ptu' ? [{ block: '<conv>', unit: 0, update: [0.2, 0.9], fineTune: [0.5, 0.6] }] : [],
  parameters: 10,
  bytes: 40,
  foldError: 0,
  testOpened: 1,
  trials: [],
  seconds: 1,
})

const row = (method: string, differences: Row['differences']): Row => ({
  method,
  role: method === 'share' ? 'baseline' : 'candidate',
  mean: 0.8,
  interval: { low: 0.7, high: 0.9 },
  differences,
  parameters: 10,
  bytes: 40,
  seconds: 2,
})

const results: Results = {
  schema: 'ptu-results/3',
  settings: {
    source: { kind: 'trained' },
    target: '"&\'',
    shots: 10,
    seeds: [0, 1],
    methods: [
      { name: 'share', role: 'baseline' },
      { name: 'ptu', role: 'candidate' },
    ],
    steps: 30,
    batch: 32,
    rates: [0.004],
    rate: 0.004,
    backend: 'cpu',
    judged: 'ptu',
  },
  versions: { ptu: '0.1.0', tfjs: '4', node: '20' },
  source: {
    name: '<script>alert(1)</script>',
    title: 'mlp trained on <script>alert(1)</script>',
    digest: 'z',
    data: 'x',
    accuracy: 1,
    chance: 0.5,
    testLabels: 9,
    warning: 'near <chance>',
    blocks: ['a'],
    parameters: 1,
    rescaled: false,
    rescaleProblem: 'tanh <bends>',
    seconds: 1,
  },
  target: { data: 'y', classes: ['<b>', 'c'], kind: 'classify', testExamples: 9, testLabels: 9 },
  runs: [run('share', 0, 0.7), run('share', 1, 0.8), run('ptu', 0, 0.9), run('ptu', 1, 0.9)],
  rows: [
    row('share', [{ reference: 'fine-tune-all', mean: -0.3, interval: null, wins: 0, p: 0.5 }]),
    row('ptu', [
      { reference: 'share', mean: 0.1, interval: { low: 0, high: 0.2 }, wins: 2, p: 0.5 },
      { reference: 'fine-tune-all', mean: -0.2, interval: { low: -0.3, high: -0.1 }, wins: 0, p: 0.5 },
    ]),
    { ...row('fine-tune-all', []), role: 'recipe', interval: null },
  ],
  reference: 'share',
  verdict: 'ship <it>',
  seconds: 3,
}

describe('the report', () => {
  const page = reportPage(results)

  it('escapes every text that came from outside', () => {
    expect(page).not.toContain('<script')
    expect(page).not.toContain('<b>')
    expect(page).not.toContain('<conv>')
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page).toContain('ship &lt;it&gt;')
    expect(page).toContain('tanh &lt;bends&gt;')
    expect(page).toContain('near &lt;chance&gt;')
  })

  it('has a mark for each draw, a line for each method and a picture for each gate', () => {
    expect(page.match(/<circle/g)).toHaveLength(4)
    expect(page.match(/<path/g)).toHaveLength(2)
    expect(page).toContain('&lt;conv&gt;: update, mean 0.55')
    expect(page).toContain('&lt;conv&gt;: fine-tune, mean 0.55')
  })

  it('has room for names at the size that text takes on a narrow screen', () => {
    const narrowText = Number(/@media \(max-width: 600px\) { svg text { font-size: (\d+)px; } }/.exec(page)?.[1])
    expect((narrowText * (390 - 32)) / 720).toBeGreaterThan(10) // px on a phone, 16 px of margin on either side
    const [, chart = ''] = /<svg viewBox="0 0 720[^>]*aria-label="Accuracy[^>]*>(.*?)<\/svg>/s.exec(page) ?? []
    const names = [...chart.matchAll(/<text x="0" [^>]*>([^<]+)</g)].map(([, name = '']) => name)
    const marks = [...chart.matchAll(/<line x1="([\d.]+)"/g)].map(([, x]) => Number(x))
    expect(names).toEqual(['share*', 'ptu', 'fine-tune-all'])
    for (const name of names) expect(0.6 * narrowText * name.length).toBeLessThan(Math.min(...marks))
  })

  it('is the page that was looked at', async () => {
    await expect(goldenOf(page)).toMatchFileSnapshot(goldenPath('comparison'))
  })

  it('says less of a source that is not known, and of one comparison', () => {
    const [first] = results.runs
    const bare = reportPage({
      ...results,
      source: { ...results.source, warning: null, accuracy: null, rescaleProblem: null },
      settings: { ...results.settings, judged: null },
      runs: first === undefined ? [] : [first],
      rows: [row('share', [])],
      reference: null,
    })
    for (const words of ['source accuracy</dt><dd>not known', 'rescaled</dt><dd>no<', 'judged</dt><dd>none'])
      expect(bare).toContain(words)
    for (const words of ['class="warning"', 'Differences', 'Gates', '<th>wins</th>']) expect(bare).not.toContain(words)
    const rescaled = { ...results.source, rescaled: true, rescaleProblem: null }
    expect(reportPage({ ...results, source: rescaled })).toContain('rescaled</dt><dd>yes, for every method')
  })

  it('draws nothing outside of its pictures', () => {
    const coordinates = [...page.matchAll(/ c?[xy][12]?="([^"]+)"/g)].map(([, value]) => Number(value))
    expect(coordinates.length).toBeGreaterThan(20)
    for (const value of coordinates) expect(value).toBeGreaterThanOrEqual(0)
    for (const value of coordinates) expect(value).toBeLessThanOrEqual(760)
  })
})

/** A reading of twelve examples with these leads of "frozen" and "new" over "adapted". */
const reading = (frozen: number, fresh: number, outcome: EvidenceReading['outcome']): EvidenceReading => ({
  ...{
    examples: 12,
    judge: 'leave-one-out-sum',
    margin: 5,
    outcome,
    advantage: Math.max(0, frozen, fresh),
    method: 'ptu',
  },
  ...{ blocks: [], advice: `${outcome} advice`, reason: `${outcome} reason` },
  hypotheses: [
    ['everything as it is', frozen],
    ['block 1 new', fresh],
    ['everything adapted', 0],
  ].map(([name, lead]) => {
    const advantage = Number(lead)
    return {
      name: String(name),
      weight: 0.3,
      loss: 2 - advantage / 12,
      standardError: 0.1,
      score: -24 + advantage,
      advantage,
    }
  }),
})

describe('the evidence that a method of a comparison followed', () => {
  const withEvidence = (...readings: readonly EvidenceReading[]): Results => ({
    ...results,
    settings: { ...results.settings, seeds: [0, 1] },
    runs: [run('share', 0, 0.7), ...readings.map((evidence, seed) => ({ ...run('ptu', seed, 0.9), evidence }))],
  })
  const both = reportPage(withEvidence(reading(12.5, -40, 'departs'), reading(-3.5, -20, 'undecided')))

  it('has a row for each draw with sums of losses, leads, what it says and what was done', () => {
    const [, table = ''] = /<caption class="heard">Sums of losses[^]*?<tbody>([^]*?)<\/tbody>/.exec(both) ?? []
    const rows = Array.from(table.matchAll(/<tr>([^]*?)<\/tr>/g), ([, found = '']) =>
      Array.from(found.matchAll(/<t[hd][^>]*>([^<]*)</g), ([, cell]) => cell),
    )
    expect(rows).toEqual([
      ['seed 0', '11.5 (+12.5)', '64.0 (-40.0)', '24.0', 'departs', 'departs advice'],
      ['seed 1', '27.5 (-3.5)', '44.0 (-20.0)', '24.0', 'not decisive', 'undecided advice'],
    ])
  })

  it('says who followed it, how often it departed, and of which draws it was not kept', () => {
    expect(both).toContain('Before training, ptu asked the labels of each draw, and followed the answer.')
    expect(both).toContain('In 1 of 2 draws it departed from the usual recipe')
    expect(both).toContain('No other method looked at it.')
    expect(both).not.toContain('was not kept')
    expect(reportPage(withEvidence(reading(1, 1, 'undecided')))).toContain(
      'In 0 of 1 draw it departed from the usual recipe, which adapts everything. Of the other 1 the evidence was not kept.',
    )
    expect(reportPage(results)).not.toContain('What the labels say')
  })

  it('is drawn with a circle for each draw, a bar at the mean and the margin on either side of adapting everything', () => {
    const drawn = [reading(12.5, -40, 'departs'), reading(-3.5, -20, 'undecided')]
    const { markup } = evidenceChart(drawn.map((each, seed) => ({ draw: `seed ${seed}`, reading: each })))
    // From -40 to 20 nats over 640 units.
    const x = (nats: number): number => Math.round(100 * (40 + ((nats + 40) / 60) * 640)) / 100
    const found = (pattern: RegExp): readonly number[] => Array.from(markup.matchAll(pattern), ([, at]) => Number(at))
    expect(found(/<circle cx="([\d.]+)"/g)).toEqual([12.5, -3.5, -40, -20, 0, 0].map(x))
    expect(found(/<rect x="([\d.]+)" y="[\d.]+" width="5"/g)).toEqual([4.5, -30, 0].map((nats) => x(nats) - 2.5))
    const lanes = Array.from(markup.matchAll(/<rect class="margin" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g))
    const numbers = lanes.map(([, ...found]) => found.map(Number))
    expect(numbers.map(([left, top]) => [left, top])).toEqual([0, 1, 2].map((row) => [x(-5), 64 + 62 * row]))
    for (const [, , width] of numbers) expect(width).toBeCloseTo(x(5) - x(-5), 1)
    expect(found(/<line stroke="var\(--quiet\)" stroke-dasharray="4 3" x1="([\d.]+)"/g).slice(0, 2)).toEqual([
      x(-5),
      x(5),
    ])
    for (const words of [
      'within 5 nats: not decisive',
      'everything as it is: +4.5 nats, -3.5 to +12.5',
      'everything adapted, the usual recipe',
      '<title>seed 1: -3.5 nats</title>',
    ])
      expect(markup).toContain(words)
  })

  it('of one draw is a bar alone, with the margin in view', () => {
    const { markup } = evidenceChart([{ draw: 'all', reading: reading(0.04, -0.04, 'undecided') }])
    expect(markup).not.toContain('<circle')
    expect(markup).toContain('everything as it is: +0.0 nats<')
    expect(markup).toContain('block 1 new: +0.0 nats<')
    expect(markup).toContain('>-5</text>')
    expect(markup).toContain('>5</text>')
  })
})

describe('pictures of a comparison', () => {
  const methods = results.settings.methods
  const texts = (markup: string): readonly string[] =>
    Array.from(markup.matchAll(/<text class="tick"[^>]*>([^<]*)</g), ([, text = '']) => text)

  it('of losses show the mean over draws at the middle of each part of the steps', () => {
    const runs = [
      { ...run('share', 0, 1), curve: [1, 0.1] },
      { ...run('share', 1, 1), curve: [3, 0.3, 9] },
    ]
    const { markup } = curveChart(methods, runs, 100)
    // Two parts: at 25 and 75 of 100 steps, of the means 2 and 0.2 on an axis of two powers of ten.
    expect(markup).toContain('d="M191,106.361L421,241.361"')
    const losses = ['0.1', '0.2', '0.5', '1', '2', '5', '10']
    expect(texts(markup)).toEqual([...losses, '0', '20', '40', '60', '80', '100', 'steps'])
  })

  it('of losses over many powers of ten have a line for each power, and none below 0.0001', () => {
    const { markup } = curveChart(methods, [{ ...run('share', 0, 1), curve: [10, 0] }], 10)
    expect(texts(markup)).toEqual(['0.0001', '0.001', '0.01', '0.1', '1', '10', '0', '2', '4', '6', '8', '10', 'steps'])
    const ticksDownTo = (least: number): number =>
      texts(curveChart(methods, [{ ...run('share', 0, 1), curve: [10, least] }], 10).markup).length - 7
    expect([ticksDownTo(0.0501), ticksDownTo(0.05)]).toEqual([10, 4])
  })

  it('of losses name each line at its end, and no two names within 22 units', () => {
    const ends = (...losses: readonly number[]) =>
      Array.from(
        curveChart(
          losses.map((_, i) => ({ name: `m${i}`, role: 'candidate' })),
          losses.map((end, i) => ({ ...run(`m${i}`, 0, 1), curve: [1, end] })),
          10,
        ).markup.matchAll(/<text x="544" y="([\d.]+)" style="fill: var\(--ink\)">([^<]*)</g),
        ([, y, name]) => [name, Number(y)],
      )
    expect(ends(0.1, 0.01, 0.01)).toEqual([
      ['m1', 286],
      ['m2', 264],
      ['m0', 151],
    ])
    expect(ends(0.01, 0.1)).toEqual([
      ['m0', 286],
      ['m1', 151],
    ])
  })

  it('of gates have a bar for each channel, with room between bars that are wide enough', () => {
    const barsOf = (update: readonly number[]) => {
      const gates = [{ block: 'a', unit: 1, update, fineTune: null }]
      const { markup } = gateCharts([{ ...run('ptu', 4, 1), gates }])
      expect(markup).toContain('<h3>ptu, seed 4</h3>')
      expect(markup).toContain(', unit 2: update, mean 0.50</figcaption>')
      const bars = markup.matchAll(
        /<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" fill="var\(--ptu/g,
      )
      return Array.from(bars, ([, ...numbers]) => numbers.map(Number))
    }
    expect(barsOf([0.25, 0.75])).toEqual([
      [0, 61, 99, 19],
      [100, 23, 99, 57],
    ])
    const many = (count: number) => barsOf(Array.from({ length: count }, () => 0.5)).map(([x, , width]) => [x, width])
    expect(many(50).slice(0, 2)).toEqual([
      [0, 3],
      [4, 3],
    ])
    expect(many(80)[1]).toEqual([2.5, 2.5])
    expect(many(800)[1]).toEqual([0.25, 0.5])
  })

  it('of gates leave out those that are one number for all channels', () => {
    const with1 = { ...run('ptu', 0, 1), gates: [{ block: 'a', unit: 0, update: [0.5], fineTune: null }] }
    expect([hasLearntGates(with1), hasLearntGates(run('ptu', 0, 1)), hasLearntGates(run('share', 0, 1))]).toEqual([
      ...[false, true, false],
    ])
    expect(gateCharts([with1]).markup).toBe('')
  })

  it('of accuracies run over the draws and the intervals', () => {
    const { markup } = accuracyChart([row('share', [])], [run('share', 3, 0.5)], taskKindNamed('classify').comparing)
    expect(texts(markup)).toEqual(['50 %', '60 %', '70 %', '80 %', '90 %'])
    expect(markup).toContain('<title>seed 3: 50.0 %</title>')
  })
})

describe('the text of a comparison', () => {
  const lines = resultText(results).split('\n')

  it('begins with the warning of a source near chance', () => {
    expect(lines[0]).toBe('near <chance>')
  })

  it('has the difference to the reference beside each mean, and a second table for the others', () => {
    const head = lines.findIndex((line) => line.startsWith('method'))
    expect(lines[head]).toMatch(/^method +mean % +95 % interval +to share\* +95 % interval +wins +p +training/)
    expect(lines[head + 3]).toMatch(/^ptu +80\.0 +70\.0 to 90\.0 +\+10\.0 +\+0\.0 to \+20\.0 +2\/2 +0\.500/)
    expect(lines[head + 4]).toMatch(/^fine-tune-all +80\.0 {2,}10 s|^fine-tune-all +80\.0 +2\.0 s/)
    const second = lines.slice(head + 6)
    expect(second[0]).toMatch(/^method +to fine-tune-all$/)
    expect(second[2]).toBe('ptu     -20.0 (-30.0 to -10.0)')
    expect(second[3]).toBe('')
  })

  it('ends with the verdict', () => {
    expect(lines.at(-1)).toBe('ship <it>')
  })
})

describe('what is measured beside the score', () => {
  const measures = [{ measure: 'own', name: 'microF1', title: 'micro F1 %', unit: 'part' }] as const
  const summary = [{ name: 'microF1', mean: 0.75, interval: { low: 0.5, high: 0.9 } }]
  const measured: Results = {
    ...results,
    measures,
    rows: results.rows.map((each) => ({ ...each, measures: summary })),
  }

  it('is in one table of the text and one of the page, with its interval', () => {
    const lines = resultText(measured).split('\n')
    expect(lines.filter((line) => line.includes('micro F1 %'))).toEqual([expect.stringMatching(/^method +micro F1 %$/)])
    expect(lines.filter((line) => line.includes('75.0'))).toHaveLength(results.rows.length)
    expect(resultText(measured)).toMatch(/\nptu +75\.0 \(50\.0 to 90\.0\)\n/)
    expect(reportPage(measured).match(/micro F1 %/g)).toHaveLength(1)
  })
})

describe('a comparison on numbers', () => {
  const numbers: Results = { ...results, target: { ...results.target, kind: 'regress', classes: ['price'] } }

  it('has R² and its differences in the text, not percentages', () => {
    const text = resultText(numbers)
    expect(text).toMatch(/\nmethod +mean R² +95 % interval +to share\*/)
    expect(text).toMatch(/\nptu +0\.800 +0\.700 to 0\.900 +\+0\.100 +\+0\.000 to \+0\.200 +2\/2/)
    expect(text).toContain('\nptu     -0.200 (-0.300 to -0.100)\n')
    expect(text).toContain('differences: R² over the same draws of labels')
    expect(text).toContain('examples of each tenth of the numbers')
  })

  it('has them on the page, with the name of the number', () => {
    const page = reportPage(numbers)
    expect(page).toContain('<h2>R² on the test data</h2>')
    expect(page).toContain('Differences are paired, in R²;')
    expect(page).toContain('<dt>numbers</dt><dd>price</dd>')
    expect(page).toContain('<title>seed 0: 0.700</title>')
    expect(page).not.toContain('ccuracy on')
    expect(reportPage(results)).toContain('<dt>classes</dt>')
  })

  it('of sets of labels is in percentage points of macro F1', () => {
    const sets: Results = { ...results, target: { ...results.target, kind: 'multi-label' } }
    expect(resultText(sets)).toMatch(/\nmethod +mean macro F1 % +95 % interval/)
    expect(resultText(sets)).toContain('differences: percentage points of macro F1 over')
    const page = reportPage(sets)
    expect(page).toContain('<h2>Macro F1 on the test data</h2>')
    expect(page).toContain('<title>seed 0: 70.0 %</title>')
    expect(page).toContain('<dt>sets of labels</dt>')
  })
})

describe('markup', () => {
  it('holds any text and gives it back', () => {
    const entities: Readonly<Record<string, string>> = {
      '&lt;': '<',
      '&gt;': '>',
      '&quot;': '"',
      '&#39;': "'",
      '&amp;': '&',
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        const escaped = escape(text)
        expect(escaped).not.toMatch(/[<>"']/)
        expect(escaped.replace(/&(lt|gt|quot|#39|amp);/g, (entity) => entities[entity] ?? '')).toBe(text)
      }),
    )
  })

  it('leaves out attributes that are undefined', () => {
    expect(element('p', { class: undefined, id: 'a"b' }, 'x').markup).toBe('<p id="a&quot;b">x</p>')
  })
})
