import { decode } from 'fast-png'
import { describe, expect, it } from 'vitest'

import { goldenOf, goldenPath } from '../../tests/golden-page.ts'
import type { Explanation, Measured } from '../explain/explanation.ts'
import { explainPage } from './explain-page.ts'
import { heatFigure, placeWords } from './explain-pictures.ts'
import { certaintyParts } from './explain-certainty.ts'

const measured = (value: number, low: number, high: number): Measured => ({ value, interval: { low, high } })
const uncertain = (value: number): Measured => ({ value, interval: null })

const map = { rows: 2, columns: 3, values: [0, 0.1, -0.4, 0, 0.8, 0.2] }

const curveOf = (name: string, low: number) => ({
  name,
  breaksAt: low > 0 ? 2 : null,
  points: [2, 4].map((severity) => ({
    ...{ severity, words: `${name} of ${severity}`, accuracy: measured(0.9 - severity / 10, 0.1, 0.8) },
    drop: measured(severity / 5, low, 0.9),
  })),
})

const document: Explanation = {
  ...{ schema: 'ptu-explanation/1', versions: { ptu: '0.1.0', tfjs: '4', node: '20' }, backend: 'cpu', seed: 3 },
  quick: false,
  model: { path: 'my-model', method: 'ptu', classes: ['cat', 'dog'], parameters: 12 },
  data: { path: 'photos', many: 'images', count: 20, seen: 'new', leftOut: 2, notes: ['a note'] },
  answers: { leaning: 'The head.', certainty: 'Sure.', breaks: 'Noise.', changes: 'Little.' },
  leaning: {
    ...{ kind: 'pictures', method: 'covering squares' },
    pictures: [
      { name: 'cat/0.png', given: 'cat', taken: 'cat', confidence: 0.9, map },
      { name: '1.png', given: 'dog', taken: 'cat', confidence: 0.6, map: { ...map, values: [-1, -2, -1, -1, -1, -1] } },
    ],
    ...{ most: measured(0.4, 0.3, 0.5), elsewhere: uncertain(0.1), difference: measured(0.3, 0.2, 0.4) },
    edge: { ...measured(0.9, 0.8, 1), area: 0.75 },
  },
  units: {
    ...{ block: 'a', channels: 4, nodes: 100, missed: 0.002, missedMost: 0.013 },
    classes: [
      {
        ...{ name: 'cat', examples: 6 },
        units: [
          {
            ...{ unit: 3, share: measured(0.5, 0.25, 0.75) },
            patches: [{ name: 'cat/0.png', place: 0, top: 0, left: 2, height: 4, width: 4 }],
          },
        ],
      },
    ],
  },
  fragile: { part: 0.02, count: 10, blocks: [{ name: 'a', parameters: 3, lost: measured(0.2, 0.1, 0.3) }] },
  certainty: {
    ...{ accuracy: measured(0.8, 0.7, 0.9), calibration: { ...measured(0.2, 0.1, 0.3), chance: 0.15 } },
    ...{ brier: 0.25, negativeLogLikelihood: 0.6931 },
    reliability: [
      { from: 0.5, to: 0.6, count: 5, confidence: 0.55, accuracy: 0.4 },
      { from: 0.9, to: 1, count: 15, confidence: 0.95, accuracy: 1 },
    ],
    temperature: { value: 1.25, calibration: uncertain(0.05) },
    selective: { target: 0.95, threshold: 0.7, coverage: uncertain(0.6), accuracy: uncertain(0.9) },
    curve: [
      { threshold: 0.9, coverage: 0.25, accuracy: 1 },
      { threshold: 0.6, coverage: 1, accuracy: 0.8 },
    ],
    sets: { stated: 0.9, coverage: uncertain(0.92), size: 1.5 },
  },
  breaks: { count: 16, accuracy: 0.8, shifts: [curveOf('noise', 0.1), curveOf('blur', -0.1)] },
  changes: {
    ...{ source: 'source.safetensors', count: 16 },
    blocks: [
      { name: 'a', parameters: 3, change: 0.125, likeness: measured(0.75, 0.5, 0.875) },
      { name: 'b', parameters: 4, change: null, likeness: null },
    ],
  },
  gates: [
    { block: 'a', unit: 0, update: [0, 0.5, 0.25], fineTune: [1, 0.5] },
    { block: 'b', unit: 2, update: [0.75], fineTune: null },
  ],
  cost: {
    ...{ leaning: { passes: 100, seconds: 61 }, certainty: { passes: 1, seconds: 0.2 } },
    ...{ breaks: { passes: 50, seconds: 3 }, changes: { passes: 0, seconds: 0.1 } },
  },
}
const shown = {
  shape: [4, 8, 3],
  features: Uint8Array.from({ length: 2 * 4 * 8 * 3 }, (_, i) => i),
  labels: Int32Array.of(0, 1),
  classes: ['cat', 'dog'],
}
const patches = [
  {
    ...{ shape: [4, 4, 3], features: new Uint8Array(4 * 4 * 3).fill(99), labels: Int32Array.of(0) },
    classes: shown.classes,
  },
]
const pageOf = (changes: Partial<Explanation>): Promise<string> =>
  explainPage({ document: { ...document, ...changes }, shown, patches })

describe('the page of an explanation', () => {
  it('is the page that was looked at', async () => {
    await expect(goldenOf(await pageOf({}))).toMatchFileSnapshot(goldenPath('explanation'))
  })

  it('of a table names its columns, at most 40 of them, and leaves out what is not known', async () => {
    const columns = Array.from({ length: 41 }, (_, i) => ({ name: `column ${i}`, drop: uncertain(0.01 * i) }))
    const leaning = (count: number) => ({
      ...{ kind: 'columns' as const, method: 'shuffling', left: 0, columns: columns.slice(0, count) },
    })
    const changes = { changes: { why: 'w' }, gates: [], quick: true }
    const many = await pageOf({ ...changes, leaning: leaning(41) })
    expect(many).toContain('<th scope="row">column 39</th><td>39.0</td>')
    expect(many).not.toContain('column 40')
    expect(many).toContain('Shown: 40 of 41.')
    expect(many).toContain('yes: fewer pictures, severities and examples')
    for (const words of ['How far the weights', 'Gates before']) expect(many).not.toContain(words)
    expect(await pageOf({ ...changes, leaning: leaning(40) })).not.toContain('Shown:')
    expect(await pageOf({ leaning: { why: 'w' } })).not.toMatch(/Found by|Check of/)
  })

  it('says nothing of what too few examples allow', () => {
    const { certainty } = document
    const textOf = (changes: Partial<Explanation['certainty']>): string =>
      certaintyParts({ ...document, certainty: { ...certainty, ...changes } })
        .map(({ markup }) => markup)
        .join('')
    const few = textOf({ temperature: null, selective: null, sets: null, curve: [] })
    expect(few).not.toMatch(/temperature|threshold|sets/)
    const never = { target: 0.95, threshold: null, coverage: uncertain(0), accuracy: null }
    const none = textOf({ selective: never })
    expect(none).toContain('<th scope="row">threshold for 95 % right, %</th><td>none</td>')
    expect(none).toContain('<th scope="row">… right of those, %</th><td>none</td>')
  })
})

describe('the words beside a picture', () => {
  it('say how many pictures are shown, at most 12', async () => {
    const { leaning } = document
    const all = { ...shown, features: new Uint8Array(13 * 96), labels: new Int32Array(13) }
    const pageWith = (count: number): Promise<string> => {
      const [first] = 'pictures' in leaning ? leaning.pictures : []
      const pictures = Array.from({ length: count }, () => first)
      return explainPage({
        document: { ...document, leaning: { ...leaning, pictures } as typeof leaning },
        shown: all,
        patches,
      })
    }
    const figures = (page: string): number => page.split('rightly named').length
    const [full, more] = [await pageWith(12), await pageWith(13)]
    expect(full).not.toContain('Shown:')
    expect(more).toContain('Shown: 12 of 13.')
    expect(figures(more)).toBe(figures(full))
  })

  it('name the place that matters most, and no place where every part speaks against the answer', async () => {
    const page = await pageOf({})
    expect(page).toContain('rightly named cat, 90.0 %; leans most on the bottom centre (80.0 points)')
    expect(page).toContain('covering any part of it lowers that probability by less than 0.1 points')
    expect(page).not.toContain('(0.0 points)')
  })
})

describe('a heat map', () => {
  const pixelsOf = (values: readonly number[]) => {
    const { markup } = heatFigure({ address: 'a', width: 4, height: 2 }, { ...map, values }, 'words')
    const [, data = ''] = /base64,([^"]+)/.exec(markup) ?? []
    const { width, height, data: pixels } = decode(Buffer.from(data, 'base64'))
    expect([width, height]).toEqual([36, 24])
    const at = (x: number, y: number): readonly number[] => [
      ...pixels.subarray(4 * (y * width + x), 4 * (y * width + x) + 4),
    ]
    return at
  }

  it('is orange where covering lowers the probability, blue where it raises it, strongest at the largest change', () => {
    const at = pixelsOf(map.values)
    const [orange, blue] = [
      [217, 95, 2],
      [31, 120, 180],
    ]
    expect([at(0, 0), at(11, 11)]).toEqual([
      [...orange, 0],
      [...orange, 0],
    ])
    expect([at(12, 0), at(23, 11)]).toEqual([
      [...orange, 26],
      [...orange, 26],
    ])
    expect([at(24, 0), at(35, 11)]).toEqual([
      [...blue, 105],
      [...blue, 105],
    ])
    expect([at(12, 12), at(23, 23), at(35, 23)]).toEqual([
      [...orange, 210],
      [...orange, 210],
      [...orange, 53],
    ])
    expect(pixelsOf([-0.5, 0, 0, 0, 0, 0.25])(0, 0)).toEqual([...blue, 210])
    expect(pixelsOf([0, 0, 0, 0, 0, 0])(5, 5)).toEqual([...orange, 0])
  })

  it('is shown with the picture, the longest side 128', () => {
    const sizes = (width: number, height: number) =>
      Array.from(
        heatFigure({ address: 'a', width, height }, map, 'w').markup.matchAll(/ width="(\d+)" height="(\d+)"/g),
        ([, across, up]) => [Number(across), Number(up)],
      )
    expect(sizes(4, 2)).toEqual([
      [128, 64],
      [128, 64],
      [128, 64],
    ])
    expect(sizes(3, 9)[0]).toEqual([43, 128])
  })

  it('tells the third of each side where its largest value lies', () => {
    const placeAt = (rows: number, columns: number, cell: number): string =>
      placeWords({ rows, columns, values: Array.from({ length: rows * columns }, (_, i) => (i === cell ? 1 : 0)) })
    expect([0, 1, 2, 3, 4, 8].map((cell) => placeAt(3, 3, cell))).toEqual([
      ...['top left', 'top centre', 'top right', 'middle left', 'middle centre', 'bottom right'],
    ])
    // Of eight cells a side the first three, the next two and the last three lie nearest to a third.
    expect([0, 2, 3, 4, 5, 7].map((cell) => placeAt(8, 8, cell))).toEqual([
      ...['top left', 'top left', 'top centre', 'top centre', 'top right', 'top right'],
    ])
    expect([16, 24, 32, 40].map((cell) => placeAt(8, 8, cell).split(' ')[0])).toEqual([
      ...['top', 'middle', 'middle', 'bottom'],
    ])
    expect(placeAt(2, 6, 11)).toBe('bottom right')
    expect(placeWords({ rows: 1, columns: 2, values: [0.5, 0.5] })).toBe('middle left')
  })
})
