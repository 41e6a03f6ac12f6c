import type { Example, TrainConfig, TrainedModel, TrainResults } from '@ptu/experiments'
import { decode } from 'fast-png'
import { describe, expect, it } from 'vitest'

import { goldenOf, goldenPath } from '../../tests/golden-page.ts'
import { shownClasses } from './train-report-matrix.ts'
import { trainReportPage } from './train-report.ts'

const attack = '<img src=x onerror=alert(1)>"\'\u001b[2J\u202e'

const example = (file: string, changes: Partial<Example> = {}): Example => ({
  ...{ file, given: 'cat', taken: 'dog', probability: 0.1, confidence: 0.8 },
  ...changes,
})

const judgement = {
  ...{ count: 20, accuracy: 0.75, interval: { low: 0.53, high: 0.89 }, balancedAccuracy: 0.7, logLoss: 0.5 },
}

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
    ...{ path: 'photos', digest: 'data-digest', unreadable: [{ path: 'bad.png', why: 'it is no image' }], frozen: 1 },
    classes: ['cat', 'dog'].map((name) => ({ name, train: 10, test: 3 })),
  },
  shipped: { method: 'ptu', held: { depth: null, rate: 3e-4 }, steps: 60, ensemble: false, why: 'the recipe' },
  methods: [
    { method: 'ptu', held: { depth: null, rate: 3e-4 }, folds: 5, seconds: 12, ...judgement },
    { method: 'probe', held: { depth: null, rate: 1 }, folds: 5, seconds: 0.5, ...judgement, accuracy: 0.65 },
  ],
  notes: ['level with it: probe'],
  confusion: [
    [8, 2],
    [3, 7],
  ],
  suspects: [example('0.png', { probability: 0.01, confidence: 0.95 })],
  confused: [example('0.png'), example('1.png')],
  unsure: [example('1.png'), example('2.png', { taken: 'cat', confidence: 0.51 })],
  reliability: [
    { from: 0.5, to: 0.6, count: 4, confidence: 0.55, accuracy: 0.25 },
    { from: 0.9, to: 1, count: 16, confidence: 0.95, accuracy: 0.875 },
  ],
  ece: 0.12,
  earlier: null,
  evidence: {
    ...{
      examples: 20,
      judge: 'leave-one-out-sum',
      margin: 5,
      outcome: 'departs',
      advantage: 6.25,
      method: 'share-all',
    },
    blocks: [{ block: 'a', state: 'as it is', update: 0, fineTune: 1 }],
    ...{ advice: 'block 1 as it is, head new', reason: '"everything as it is" is 6.3 nats ahead' },
    hypotheses: [
      { name: 'everything as it is', weight: 0.99, loss: 0.6, standardError: 0.05, score: -12, advantage: 6.25 },
      { name: 'block 2 new', weight: 0, loss: 1.2, standardError: 0.08, score: -25, advantage: -6.75 },
      { name: 'everything adapted', weight: 0.01, loss: 0.9125, standardError: 0.07, score: -18.25, advantage: 0 },
    ],
  },
  learning: {
    curves: [
      { method: 'ptu', points: [5, 10].map((labels) => ({ ...judgement, labels, accuracy: labels / 20 })) },
      { method: 'probe', points: [{ ...judgement, labels: 10, accuracy: 0.65 }] },
    ],
    notes: ['from 5 to 10 labels per class it rises: more labels are likely to help'],
  },
  copies: {
    ...{ similarity: 0.9, together: [['0.png', '1.png']], apart: 2, problem: null },
    test: [{ file: 'test/7.png', like: '1.png', similarity: 0.97 }],
    testWithout: { ...judgement, count: 5, accuracy: 0.4 },
  },
  augmentation: { changes: ['flip'], copies: 1 },
  test: { ...judgement, count: 6, accuracy: 0.5, interval: { low: 0.19, high: 0.81 } },
  seconds: 30,
}

const [height, width] = [4, 200]

/** Pixels whose value is the number of their picture. */
const pictures = (count: number): Pick<TrainedModel, 'examples' | 'files'> => ({
  examples: {
    shape: [height, width, 3],
    features: Uint8Array.from({ length: count * height * width * 3 }, (_, i) => Math.floor(i / (height * width * 3))),
    labels: new Int32Array(count),
    classes: ['cat', 'dog'],
  },
  files: Array.from({ length: count }, (_, i) => `${i}.png`),
})

const config: TrainConfig = {
  spec: {
    source: { kind: 'opened', path: 'net.pth', earlier: true },
    ...{ data: 'photos', test: undefined, budget: 300, method: undefined, ensemble: false, strict: false, seed: 0 },
    ...{ steps: undefined, batch: undefined, backend: 'auto', modules: [] },
  },
  workers: undefined,
  out: 'mine',
}

const pageOf = (changes: Partial<TrainResults> = {}, given: Partial<TrainConfig> = {}, made = pictures(3)) =>
  trainReportPage({ ...made, results: { ...results, ...changes } }, { ...config, ...given })

/** The text of the page, without tags. */
const textOf = (page: string): string => page.replace(/<style>[^]*<\/style>/, '').replaceAll(/<[^>]+>/g, ' ')

const thumbnailsIn = (page: string): readonly string[] =>
  Array.from(page.matchAll(/data:image\/png;base64,([A-Za-z0-9+/=]+)/g), ([, data = '']) => data)

describe('the report of a training', () => {
  it('says in words first what was shipped, how good it is, what was level, and what to look at', async () => {
    const text = textOf(await pageOf())
    const said = [
      'Shipped: ptu (the recipe). Of 20 images that it was not trained on, fold by fold, it named 75.0 % right.',
      'it names 53.0 to 89.0 % of such images right',
      'On 6 test images, looked at once, at the end: 50.0 % right (95 % interval 19.0 to 81.0).',
      'level with it: probe',
      'Confused most often: dog taken for cat, 3 of 10.',
      'Its probabilities are 12.0 points off on average.',
      '1 label may be wrong: see below.',
      '1 file could not be read: see below.',
    ]
    for (const words of said) expect(text).toContain(words)
    expect(text.indexOf('Shipped')).toBeLessThan(text.indexOf('Methods'))
    expect(textOf(await pageOf({ test: null }))).toContain('There were no test data')
  })

  it('has the methods with their costs, the counts of classes, unreadable files, and the command', async () => {
    const text = textOf(await pageOf()).replaceAll(/\s+/g, ' ')
    expect(text).toContain('ptu 75.0 53.0 to 89.0 70.0 0.50 20 5 12 s')
    expect(text).toContain('probe 65.0')
    expect(text).toContain('cat 10 3 8 of 10 80.0 dog 10 3 7 of 10 70.0')
    expect(text).toContain('bad.png: it is no image')
    expect(text).toContain('npx ptu train photos --model net.pth --minutes 5')
  })

  it('shows the confusion matrix with labels in rows, and reliability as numbers and bars', async () => {
    const page = await pageOf()
    const text = textOf(page).replaceAll(/\s+/g, ' ')
    expect(text).toContain('labelled cat dog all cat 8 2 10 dog 3 7 10')
    expect(text).toContain('50 to 60 4 55.0 25.0 90 to 100 16 95.0 87.5')
    const bars = Array.from(page.matchAll(/<rect class="bar" ([^>]*)>/g), ([, attributes]) => attributes)
    expect(bars).toEqual([
      `x="185" y="${256 - 0.25 * 244}" width="26" height="${0.25 * 244}"`,
      `x="297" y="${256 - 0.875 * 244}" width="26" height="${0.875 * 244}"`,
    ])
    expect(page).toContain('<line class="equal" x1="44" y1="256" x2="324" y2="12">')
    expect(page).toContain('<td class="right" style="--part: 32%" title="8 images of 10">8</td>')
    expect(page).toContain('<td class="wrong" style="--part: 12%" title="3 images of 10">3</td>')
  })

  it('shows each example once, as a small picture of its own pixels with its file name', async () => {
    const page = await pageOf()
    const found = thumbnailsIn(page).map((data) => decode(Buffer.from(data, 'base64')))
    expect(found.map(({ width: across, height: up }) => [across, up])).toEqual([0, 1, 2].map(() => [96, 2]))
    expect(found.map(({ data }) => new Set(data))).toEqual([new Set([0]), new Set([1]), new Set([2])])
    expect(page).toContain('alt="0.png, labelled cat (1.0 %), taken for dog (95.0 %)"')
    expect(page).toContain('alt="2.png, labelled and taken for cat, 51.0 %"')
    expect(page.match(/<li><img/g)).toHaveLength(3)
  })

  it('says whether more labels would help, with a point for each number of labels', async () => {
    const page = await pageOf()
    const text = textOf(page).replaceAll(/\s+/g, ' ')
    expect(text).toContain('From 5 to 10 labels per class it rises: more labels are likely to help.')
    expect(text).toContain('ptu 5 25.0 53.0 to 89.0 20 ptu 10 50.0 53.0 to 89.0 20 probe 10 65.0 53.0 to 89.0 20')
    const [points] = Array.from(page.matchAll(/<polyline points="([^"]*)"/g), ([, found]) => found)
    expect(points).toBe(`180.0,${(256 - 0.25 * 244).toFixed(1)} 316.0,${(256 - 0.5 * 244).toFixed(1)}`)
    const none = await pageOf({ learning: { curves: [], notes: ['no time for it'] } })
    expect([textOf(none).includes('No time for it.'), none.includes('<polyline')]).toEqual([true, false])
  })

  it('draws the evidence of the labels, with the numbers in a table, and says that nothing was chosen by it', async () => {
    const page = await pageOf()
    const text = textOf(page).replaceAll(/\s+/g, ' ')
    expect(text).toContain('Advice: block 1 as it is, head new. &quot;everything as it is&quot; is 6.3 nats ahead.')
    expect(text).toContain('Before training, 20 labelled images were each predicted from all others')
    expect(text).toContain('Nothing was chosen by it: the images that were held out are among those that it looked at.')
    expect(text).toContain(
      'everything as it is 0.60 0.05 12.0 +6.3 block 2 new 1.20 0.08 24.0 -6.8 everything adapted 0.91 0.07 18.3 +0.0',
    )
    expect(page.match(/<rect class="margin"/g)).toHaveLength(3)
    const followed = textOf(await pageOf({ shipped: { ...results.shipped, method: 'ptu-evidence' } }))
    expect(followed).toContain('ptu-evidence, follows such a reading of the labels that it trains on')
    expect(followed).not.toContain('Nothing was chosen by it')
  })

  it('has no part on evidence where none was read, as in older documents', async () => {
    const older = Object.fromEntries(Object.entries(results).filter(([field]) => field !== 'evidence'))
    const page = await trainReportPage({ ...pictures(3), results: older as typeof results }, config)
    expect(page).not.toContain('What the labels say')
  })

  it('is the page that was looked at', async () => {
    await expect(goldenOf(await pageOf())).toMatchFileSnapshot(goldenPath('training'))
  })

  it('says how well the classes of an earlier training are still named', async () => {
    const earlier = { classes: ['cat'], examples: 7, old: { ...judgement, accuracy: 0.9, count: 10 }, new: judgement }
    const text = textOf(await pageOf({ earlier }))
    expect(text).toContain(
      'Of its classes (cat) 90.0 % of 10 held-out images are named right, of new ones 75.0 % of 20.',
    )
  })

  it('lists near copies by their files, and what the test data say without them', async () => {
    const text = textOf(await pageOf()).replaceAll(/\s+/g, ' ')
    expect(text).toContain('the cosine of their encodings is 0.9 or more')
    for (const words of [
      '0.png, 1.png',
      'test image test/7.png is like 1.png',
      'Without near copies 40.0 % of 5 test images are right',
      '2 images with near copies could not be held out together',
      'changed copies of each image 1 (flip)',
    ])
      expect(text).toContain(words)
    const none = { ...results.copies, together: [], apart: 0, test: [], testWithout: null }
    expect(textOf(await pageOf({ copies: none }))).not.toContain('Near copies')
    expect(textOf(await pageOf({ copies: { ...none, problem: 'too many' } }))).toContain('Not known: too many.')
  })

  it('tells paths from the folder of the data', async () => {
    const files = ['photos/cat/0.png', 'photos2/1.png', '2.png']
    const page = await pageOf({ confused: files.map((file) => example(file)) }, {}, { ...pictures(3), files })
    for (const name of ['cat/0.png', 'photos2/1.png', '2.png']) expect(page).toContain(`<strong>${name}</strong>`)
  })

  it('lists examples without pixels by their names', async () => {
    const none = { examples: { ...pictures(3).examples, shape: [2400] }, files: pictures(3).files }
    const page = await pageOf({}, {}, none)
    expect(page).not.toContain('<img')
    expect(page).toContain('<li><strong>0.png</strong>')
  })

  it('escapes every text that came from outside, and shows control characters', async () => {
    const page = await pageOf(
      {
        source: { ...results.source, title: attack },
        data: {
          ...{ path: attack, digest: attack, frozen: 1, unreadable: [{ path: attack, why: attack }] },
          classes: [attack, attack].map((name) => ({ name, train: 1, test: 1 })),
        },
        shipped: { ...results.shipped, method: attack, why: attack },
        methods: results.methods.map((method) => ({ ...method, method: attack })),
        notes: [attack],
        learning: { curves: [{ method: attack, points: [] }], notes: [attack] },
        copies: {
          ...results.copies,
          together: [[attack, attack]],
          test: [{ file: attack, like: attack, similarity: 1 }],
        },
        augmentation: { changes: [attack], copies: 1 },
        suspects: [example(attack, { given: attack, taken: attack })],
        confused: [example('1.png', { given: attack, taken: 'x' })],
        backend: attack,
      },
      { out: attack, spec: { ...config.spec, data: attack, source: { kind: 'opened', path: attack } } },
    )
    expect(page).not.toContain('<img src=x')
    expect(page).not.toMatch(/[\u001b\u202e]/)
    expect(page.split('&lt;img src=x onerror=alert(1)&gt;&quot;').length).toBeGreaterThan(15)
    expect(page).toContain('␛[2J\\u202e')
  })

  it('needs neither a script nor the network, and its tables and pictures can be read aloud', async () => {
    const page = await pageOf()
    expect(page).not.toMatch(/<script|<link|https?:|url\(|@import/)
    expect(page.match(/<th>/g)).toBeNull()
    expect(page.match(/<table/g)?.length).toBe(page.match(/<caption/g)?.length)
    expect(Array.from(page.matchAll(/<img [^>]*>/g), ([tag]) => tag.includes('alt="'))).toEqual([true, true, true])
  })

  it('stays under 3 MB of any data, and says what it leaves out', async () => {
    const side = 96
    const [count, classes] = [80, 400]
    const long = '名'.repeat(2000)
    const noise = Uint8Array.from({ length: count * side * side * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24)
    const files = Array.from({ length: count }, (_, i) => `${i}${long}`)
    const all = files.map((file) => example(file, { given: long, taken: long }))
    const page = await pageOf(
      {
        data: {
          ...results.data,
          unreadable: Array.from({ length: 5000 }, () => ({ path: long, why: long })),
          classes: Array.from({ length: classes }, () => ({ name: long, train: 1, test: 1 })),
        },
        confusion: Array.from({ length: classes }, () => Array.from({ length: classes }, () => 1)),
        suspects: all.slice(0, 25),
        confused: all.slice(0, 50),
        unsure: all.slice(50),
        copies: {
          ...results.copies,
          together: Array.from({ length: 5000 }, () => [long, long]),
          test: Array.from({ length: 5000 }, () => ({ file: long, like: long, similarity: 1 })),
        },
      },
      {},
      {
        files,
        examples: { shape: [side, side, 3], features: noise, labels: new Int32Array(count), classes: ['a', 'b'] },
      },
    )
    expect(Buffer.byteLength(page)).toBeLessThan(3e6)
    expect(thumbnailsIn(page)).toHaveLength(24 + 24 + 12)
    for (const told of ['24 of 25', '12 of 30', '30 of 400', '100 of 400', '100 of 5000'])
      expect(page).toContain(`Shown: ${told === '30 of 400' ? `the ${told}` : told}`)
  })
})

describe('a confusion matrix of many classes', () => {
  it('shows the 30 that are confused most often, in their own order', () => {
    const confusion = Array.from({ length: 40 }, (_, i) =>
      Array.from({ length: 40 }, (_unused, j) => (i === j ? 9 : i + 1 === j && i >= 10 ? i : 0)),
    )
    expect(shownClasses(confusion)).toEqual([...Array(30).keys()].map((i) => i + 10))
  })
})
