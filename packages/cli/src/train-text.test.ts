import type { Example, TrainResults } from '@ptu/experiments'
import { describe, expect, it } from 'vitest'

import { goldenPath } from '../tests/golden-page.ts'
import { trainText } from './train-text.ts'

const judgement = {
  ...{ count: 20, accuracy: 0.75, interval: { low: 0.53, high: 0.89 }, balancedAccuracy: 0.7, logLoss: 0.5 },
}
const example = (file: string): Example => ({ file, given: 'cat', taken: 'dog', probability: 0.1, confidence: 0.8 })
const six = Array.from({ length: 6 }, (_, i) => `${i}.png`)

/** A training of which there is much to say. */
const results: TrainResults = {
  schema: 'ptu-train/1',
  versions: { ptu: '0.1.0', tfjs: '4', node: '20' },
  backend: 'wasm',
  source: {
    ...{ name: 'net', title: 'net from net.pth', digest: 'd', data: null, accuracy: null, chance: null },
    ...{ blocks: ['a', 'b'], parameters: 10, rescaled: false, rescaleProblem: null, seconds: 0 },
    ...{ testLabels: null, warning: null },
  },
  data: {
    ...{ path: 'photos', digest: 'data-digest', frozen: 1, inputs: 'pictures of 4 x 4' },
    unreadable: six.map((path) => ({ path, why: 'it is no image' })),
    classes: ['cat', 'dog'].map((name) => ({ name, train: 10, test: 3 })),
  },
  shipped: { method: 'ptu', held: { depth: null, rate: 3e-4 }, steps: 60, ensemble: false, why: 'the recipe' },
  methods: [
    { method: 'ptu', held: { depth: null, rate: 3e-4 }, folds: 5, seconds: 12, ...judgement },
    { method: 'probe', held: { depth: null, rate: 1 }, folds: 5, seconds: 0.5, ...judgement, accuracy: 0.65 },
  ],
  notes: ['level with it: probe'],
  ...{ confusion: [], confused: [], unsure: [], reliability: [], ece: 0.12 },
  suspects: six.map(example),
  earlier: { classes: ['cat'], examples: 7, old: { ...judgement, accuracy: 0.9, count: 10 }, new: judgement },
  learning: { curves: [], notes: ['it rises'] },
  copies: {
    ...{ similarity: 0.9, apart: 2, problem: 'too many', together: six.map((file) => [file, `like-${file}`]) },
    test: six.map((file) => ({ file, like: 'x.png', similarity: 0.97 })),
    testWithout: { ...judgement, count: 5, accuracy: 0.4 },
  },
  augmentation: { changes: ['flip', 'crop'], copies: 2 },
  test: { ...judgement, count: 6, accuracy: 0.5, interval: { low: 0.19, high: 0.81 } },
  seconds: 130,
}

const textOf = (changes: Partial<TrainResults>): string =>
  trainText({ ...results, ...changes }, 'out', (path) => `photos/${path}`)

describe('the text of a training', () => {
  it('is the one that was read', async () => {
    await expect(`${textOf({})}\n`).toMatchFileSnapshot(goldenPath('train-text'))
  })

  it('names thirty classes with their counts and says how many others there are', () => {
    const first = (count: number): string | undefined => {
      const classes = Array.from({ length: count }, (_, i) => ({ name: `c${i}`, train: i + 1, test: 0 }))
      return textOf({ data: { ...results.data, classes } }).split('\n')[0]
    }
    expect(first(30)).toMatch(/ of 30 classes: c0 1, .*, c29 30$/)
    expect(first(31)).toMatch(/ of 31 classes: c0 1, .*, c29 30 and 1 other$/)
  })

  it('of little to say is short', async () => {
    const none = { ...results.copies, together: [], apart: 0, test: [], testWithout: null, problem: null }
    const few = textOf({
      ...{ earlier: null, test: null, suspects: [], notes: [], copies: none, augmentation: { changes: [], copies: 0 } },
      ...{ learning: { curves: [], notes: [] }, data: { ...results.data, frozen: 0, unreadable: [], kind: 'table' } },
    })
    await expect(`${few}\n`).toMatchFileSnapshot(goldenPath('train-text-short'))
  })

  it('speaks of one and of many', () => {
    const one = textOf({
      ...{ suspects: [example('a')], augmentation: { changes: ['flip'], copies: 1 } },
      copies: {
        ...{ ...results.copies, together: [['a', 'b']], testWithout: { ...judgement, count: 0 } },
        test: [{ file: 'a', like: 'b', similarity: 1 }],
      },
      ...{ earlier: { classes: ['a'], examples: 1, old: judgement, new: null } },
      data: { ...results.data, kind: 'text', unreadable: [{ path: 'a', why: 'b' }], frozen: 2 },
    })
    for (const words of [
      'a label may be wrong:\n  photos/a: labelled cat, looks like dog',
      'trained on 1 changed copy of each image too (flip)',
      'held out together (1 group):\n  photos/a, photos/b',
      'a test image is a near copy of a training image:\n  photos/a is like photos/b',
      'of old classes (a) 75.0 % of 20 held-out images are named right\n',
      '1 row cannot be read:\n  photos/a: b\n',
      '; 2 of its 2 blocks stay as they are',
    ])
      expect(one).toContain(words)
    expect(one).not.toContain('without near copies')
    expect(textOf({ augmentation: { changes: ['flip'], copies: 0 } })).toContain(
      'no memory for changed copies (flip): trained without',
    )
    expect(textOf({ data: { ...results.data, frozen: 0 } })).toContain('; 0 of its 2 blocks stay as they are')
    expect(textOf({ data: { ...results.data, frozen: 0, kind: 'photos' } })).toContain('; 0 of its 2 blocks')
    const five = six.slice(1)
    expect(textOf({ suspects: five.map(example) })).not.toContain('  photos/5.png: labelled cat, looks like dog\n  and')
  })
})
