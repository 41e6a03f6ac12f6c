import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { RunResult, Results, Row } from '@ptu/experiments'
import { element, escape } from './markup.ts'
import { reportPage } from './report.ts'

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

const row = (method: string, difference: Row['difference']): Row => ({
  method,
  role: method === 'share' ? 'baseline' : 'candidate',
  mean: 0.8,
  interval: { low: 0.7, high: 0.9 },
  difference,
  parameters: 10,
  bytes: 40,
  seconds: 2,
})

const results: Results = {
  schema: 'ptu-results/2',
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
  },
  versions: { ptu: '0.1.0', tfjs: '4', node: '20' },
  source: {
    name: '<script>alert(1)</script>',
    title: 'mlp trained on <script>alert(1)</script>',
    digest: 'z',
    data: 'x',
    accuracy: 1,
    chance: 0.5,
    blocks: ['a'],
    parameters: 1,
    rescaled: false,
    rescaleProblem: 'tanh <bends>',
    seconds: 1,
  },
  target: { data: 'y', classes: ['<b>', 'c'], kind: 'classify', testExamples: 9, testLabels: 9 },
  runs: [run('share', 0, 0.7), run('share', 1, 0.8), run('ptu', 0, 0.9), run('ptu', 1, 0.9)],
  rows: [row('share', null), row('ptu', { mean: 0.1, interval: { low: 0, high: 0.2 }, wins: 2, p: 0.5 })],
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
  })

  it('has a mark for each draw, a line for each method and a picture for each gate', () => {
    expect(page.match(/<circle/g)).toHaveLength(4)
    expect(page.match(/<path/g)).toHaveLength(2)
    expect(page).toContain('&lt;conv&gt;: update, mean 0.55')
    expect(page).toContain('&lt;conv&gt;: fine-tune, mean 0.55')
  })

  it('draws nothing outside of its pictures', () => {
    const coordinates = [...page.matchAll(/ c?[xy][12]?="([^"]+)"/g)].map(([, value]) => Number(value))
    expect(coordinates.length).toBeGreaterThan(20)
    for (const value of coordinates) expect(value).toBeGreaterThanOrEqual(0)
    for (const value of coordinates) expect(value).toBeLessThanOrEqual(760)
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
