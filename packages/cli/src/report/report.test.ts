import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { RunResult, Results, Row } from '@ptu/experiments'
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

  it('draws nothing outside of its pictures', () => {
    const coordinates = [...page.matchAll(/ c?[xy][12]?="([^"]+)"/g)].map(([, value]) => Number(value))
    expect(coordinates.length).toBeGreaterThan(20)
    for (const value of coordinates) expect(value).toBeGreaterThanOrEqual(0)
    for (const value of coordinates) expect(value).toBeLessThanOrEqual(760)
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
