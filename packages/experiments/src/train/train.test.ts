import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { encode } from 'fast-png'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ofClasses } from '../../tests/of-classes.ts'
import { colourPixels, messageIn, rightOf, smallInput, smallNetwork } from '../../tests/small-network.ts'
import { InterruptedError } from '../errors.ts'
import { nodeTools } from '../node/node-tools.ts'
import { decodeKept, encodeKept, type KeptExamples } from '../models/kept-examples.ts'
import type { Comparison } from '../run/comparison.ts'
import type { Tools } from '../run/experiment.ts'
import type { FitRequest } from '../run/fit-method.ts'
import type { PredictRequest } from '../run/predict-request.ts'
import { memoryStore } from '../run/store.ts'
import type { Executor } from '../run/worker.ts'
import { openedSource } from '../sources/opened-source.ts'
import type { TrainSpec } from './train-spec.ts'
import { train, type TrainedModel } from './train.ts'
import type { TrainResults } from './train-results.ts'

let folder = ''
let tools: Tools

const names = ['red', 'green', 'blue']

const png = (label: number, seed: number): Uint8Array =>
  encode({ width: 8, height: 8, channels: 3, data: colourPixels(label, seed, 30) })

/** Images in a folder for each class: the first of each class again under another name. */
const writeImages = async (part: string, perClass: number, copies: boolean): Promise<void> => {
  for (const [label, name] of names.entries()) {
    await mkdir(join(folder, part, name), { recursive: true })
    for (let i = 0; i < perClass; i++)
      await writeFile(join(folder, part, name, `${i}.png`), png(label, 100 * label + i + (part === 'test' ? 5000 : 0)))
    if (copies) await writeFile(join(folder, part, name, 'copy.png'), png(label, 100 * label))
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-train-'))
  await writeImages('train', 7, true)
  await writeImages('test', 3, false)
  const network = await smallNetwork()
  const source = openedSource((path) => TE.right({ name: path, title: path, network, parameters: 1 }))
  const made = rightOf(await nodeTools({ folder: join(folder, 'run'), cache: join(folder, 'cache') })())
  tools = { ...made, kinds: [source] }
})
afterAll(() => rm(folder, { recursive: true }))

const spec = (changes: Partial<TrainSpec> = {}): TrainSpec => ({
  ...{ source: { kind: 'opened', path: 'small', freeze: 1 }, data: folder, test: undefined, budget: 1e4 },
  ...{ method: undefined, ensemble: false, strict: false, seed: 0, steps: 12, batch: 8, backend: 'cpu', modules: [] },
  ...changes,
})

/** The requests that a worker got. */
interface Asked {
  readonly fits: FitRequest[]
  readonly predicts: PredictRequest[]
}

/** An executor that writes down what its worker is asked for; `interrupt` ends a training. */
const observed = (asked: Asked, interrupt: (request: FitRequest) => boolean = () => false): Executor => {
  return (setup) =>
    tools.executor(setup).map((worker) => ({
      ...worker,
      fit: (request, onStep) => {
        asked.fits.push(request)
        return interrupt(request) ? TE.left(new InterruptedError('ended')) : worker.fit(request, onStep)
      },
      predict: (request, onStep) => {
        asked.predicts.push(request)
        return worker.predict(request, onStep)
      },
    }))
}

const trained = async (
  changes: Partial<TrainSpec> = {},
  asked: Asked = { fits: [], predicts: [] },
  more: Partial<Tools> = {},
): Promise<TrainedModel<TrainResults>> =>
  ofClasses(
    rightOf(await train(spec(changes), { ...tools, store: memoryStore(), executor: observed(asked), ...more })()),
  )

describe('a training on images in folders', () => {
  const asked: Asked = { fits: [], predicts: [] }
  let first: TrainedModel<TrainResults>

  const steps: (readonly [done: number, total: number])[] = []

  beforeAll(async () => {
    first = await trained({}, asked, {
      progress: (title) => ({
        set: (done, total) => {
          if (title === 'learning curve') steps.push([done, total])
        },
        stop: () => undefined,
      }),
    })
  })

  it('tells separable classes apart, on examples that were held out and on test data', () => {
    const { methods, test, data, shipped, source } = first.results
    expect(source).toMatchObject({
      rescaled: false,
      rescaleProblem: 'not rescaled: a pretrained network keeps its scale',
    })
    expect(methods.map(({ method, folds, count }) => [method, folds, count])).toEqual([
      ['ptu', 5, 24],
      ['probe', 5, 24],
      ['fine-tune', 5, 24],
    ])
    expect(methods[1]?.accuracy).toBeGreaterThanOrEqual(0.9)
    expect(methods[0]?.interval.high).toBeGreaterThan(methods[0]?.accuracy ?? 1)
    expect(test).toMatchObject({ count: 9 })
    expect(data.classes).toEqual(names.toSorted().map((name) => ({ name, train: 8, test: 3 })))
    expect([data.frozen, source.title, shipped.steps]).toEqual([1, 'small', 12])
    expect(shipped.why).toContain('the recipe for 8 labels per class')
  })

  it('opens the test data once, for the model that is shipped, and trains on none of them', () => {
    expect(asked.predicts.map(({ models, examples }) => [models.length, examples.labels.length])).toEqual([[1, 9]])
    expect(asked.predicts[0]?.models[0]).toBe(first.model)
    const counts = asked.fits.map(({ comparison }) => comparison.target.train.labels.length)
    expect(new Set(counts)).toEqual(new Set([24]))
  })

  it('holds every example out once, trains on all the others, and at last on all', () => {
    const folds = asked.fits.filter(({ method, name }) => method === 'ptu' && /^fold\d+-ptu-[\d.]+$/.test(name))
    const held = folds.flatMap(({ predict }) => Array.from(predict ?? []))
    expect(held.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_, i) => i))
    for (const { train: others, predict, keeps } of folds) {
      const all = [...(others ?? []), ...(predict ?? [])].toSorted((a, b) => a - b)
      expect(all).toEqual(Array.from({ length: 24 }, (_, i) => i))
      expect(keeps).toBe(false)
    }
    expect(asked.fits.at(-1)).toMatchObject({ name: 'final', method: 'ptu', train: null, predict: null, keeps: true })
  })

  it('holds copies of an image out together', () => {
    const placeOf = (name: string): number => first.files.findIndex((file) => file.endsWith(name))
    for (const name of names) {
      const pair = [placeOf(`${name}/0.png`), placeOf(`${name}/copy.png`)]
      expect(pair).not.toContain(-1)
      for (const { predict } of asked.fits.filter((fit) => fit.predict !== null))
        expect(pair.filter((place) => predict?.includes(place)).length % 2).toBe(0)
    }
  })

  it('sees changed copies of what it is trained on, but not of what is held out or tested on', async () => {
    const changed: Asked = { fits: [], predicts: [] }
    const { results, model } = await trained({ augment: ['flip', 'colour'], seed: 0 }, changed)
    expect(results.augmentation).toEqual({ changes: ['flip', 'colour'], copies: 4 })
    expect(first.results.augmentation).toEqual({ changes: [], copies: 0 })
    expect(model).not.toEqual(first.model)
    const [plain, own] = [asked, changed].map(({ fits: [fit] }) => (fit as FitRequest).comparison) as [
      Comparison,
      Comparison,
    ]
    expect(own.target.train).toEqual(plain.target.train)
    const views = own.views ?? []
    expect(views.map(({ labels }) => labels)).toEqual(Array.from({ length: 4 }, () => own.target.train.labels))
    for (const view of views) expect(view.features).not.toEqual(own.target.train.features)
    expect(changed.predicts[0]?.examples).toEqual(asked.predicts[0]?.examples)
    expect(results.methods[1]?.accuracy).toBe(first.results.methods[1]?.accuracy)
  })

  it('that was ended with changed copies does not go on without', async () => {
    const store = memoryStore()
    await trained({ augment: ['flip'], budget: 0 }, { fits: [], predicts: [] }, { store })
    expect(messageIn(await train(spec(), { ...tools, store })())).toContain('augment: ["flip"] there, nothing now')
  })

  it('says what half of the labels are worth, on the same held-out examples', () => {
    const { curves, notes } = first.results.learning
    expect(
      curves.map(({ method, points }) => [method, points.map(({ labels, count }) => [labels.toFixed(1), count])]),
    ).toEqual([
      [
        'ptu',
        [
          ['3.2', 24],
          ['6.4', 24],
        ],
      ],
      [
        'probe',
        [
          ['1.6', 24],
          ['3.2', 24],
          ['6.4', 24],
        ],
      ],
    ])
    expect(curves[0]?.points[1]?.accuracy).toBe(first.results.methods[0]?.accuracy)
    expect(notes[0]).toMatch(/^from 3 to 6 labels per class the held-out accuracy of ptu changes by .* points/)
    expect([steps[0], steps.at(-1)]).toEqual([
      [1, 5 * 12],
      [5 * 12, 5 * 12],
    ])
    const halves = asked.fits.filter(({ name }) => name.endsWith('-part0.5'))
    expect(halves).toHaveLength(5)
    for (const half of halves) {
      const whole = asked.fits.find(({ name }) => `${name}-part0.5` === half.name)
      expect(half.predict).toEqual(whole?.predict)
      expect(half.train?.every((place) => whole?.train?.includes(place))).toBe(true)
    }
  })

  it('is another model from another seed', async () => {
    expect((await trained({ seed: 1, budget: 0 })).model).not.toEqual(first.model)
  })

  it('that was ended goes on to the same model, without the folds that it has', async () => {
    const store = memoryStore()
    const before: Asked = { fits: [], predicts: [] }
    const ended = await train(spec(), {
      ...{ ...tools, store },
      executor: observed(before, ({ name }) => name.startsWith('fold2')),
    })()
    expect(E.isLeft(ended) && ended.left).toBeInstanceOf(InterruptedError)
    const after: Asked = { fits: [], predicts: [] }
    const resumed = await trained({}, after, { store })
    expect(resumed.model).toEqual(first.model)
    expect(before.fits.length - 1 + after.fits.length).toBe(asked.fits.length)
    const others = await train(spec({ seed: 1 }), { ...tools, store })()
    expect(messageIn(others)).toContain('seed: 0 there, 1 now')
  })

  it('reads the evidence block by block, by their names, the frozen ones first', () => {
    expect(first.results.evidence?.blocks.map(({ block }) => block)).toEqual(['one', 'two', 'three'])
    expect(first.results.evidence?.blocks[0]).toEqual({ block: 'one', state: 'as it is', update: 0, fineTune: 1 })
  })

  it('ends its notes with what the labels say of the source before training', () => {
    expect(first.results.notes.at(-1)).toMatch(/^before training, the labels .* nats ahead/)
    expect(first.results.notes.filter((note) => note.startsWith('before training'))).toHaveLength(1)
  })

  it('says what there was no time for', async () => {
    const { results } = await trained({ budget: 0 })
    // It guesses after no training at all.
    expect(results.notes[0]).toContain('the shipped model is not shown to be better than always naming')
    expect(results.notes.slice(1, 3)).toEqual([
      'no time for fine-tune',
      'no time for 4 of the 5 folds of ptu: only a part of the examples was held out',
    ])
    expect(results.methods.map(({ method, folds }) => [method, folds])).toEqual([
      ['ptu', 1],
      ['probe', 5],
    ])
    expect(results.methods[0]?.count).toBeLessThan(24)
    expect(results.learning).toEqual({
      curves: [],
      notes: ['no time for ptu on half of the labels', 'no time for the linear probe on parts of the labels'],
    })
  })

  it('says before the folds are done how long all of them take, and shows the progress of what is planned', async () => {
    const said: string[] = []
    let clock = 0
    const shown: (readonly [title: string, done: number, total: number])[] = []
    await trained({ budget: 0, seed: 11 }, undefined, {
      warn: (text) => said.push(text),
      now: () => (clock += 1000),
      progress: (title) => ({
        set: (done, total) => {
          if (title === 'cross-validation') said.push('')
          shown.push([title, done, total])
        },
        stop: () => undefined,
      }),
    })
    const at = said.findIndex((line) => line !== '')
    expect(said[at]).toContain('all folds and the final training take about')
    expect(said[at]).toContain('--minutes 0 leaves no time')
    expect(said.slice(at + 1).length).toBeGreaterThan(0)
    expect(said.slice(at + 1).join('')).toBe('')
    const folds = shown.filter(([title]) => title === 'cross-validation')
    expect(folds[0]).toEqual(['cross-validation', 1, 2 * 5 * 12])
    expect(folds.at(-1)).toEqual(['cross-validation', 12, 12])
  })

  it('ships the probe where it is asked for', async () => {
    const fits: Asked = { fits: [], predicts: [] }
    const { results, second } = await trained({ method: 'probe' }, fits)
    expect(results.shipped).toMatchObject({ method: 'probe', why: 'asked for', ensemble: false })
    expect(results.methods[0]?.method).toBe('probe')
    expect(fits.fits.every(({ name }) => name !== 'final')).toBe(true)
    expect(results.test?.accuracy).toBeGreaterThanOrEqual(0.9)
    expect([second, results.notes]).toEqual([null, []])
  })

  it('trains nothing beside a probe that is asked for once its time is over', async () => {
    const fits: Asked = { fits: [], predicts: [] }
    const { results } = await trained({ method: 'probe', budget: 0 }, fits)
    expect(results.methods.map(({ method }) => method)).toEqual(['probe'])
    expect(fits.fits).toEqual([])
    expect(results.notes.join()).toContain('no time for ptu, fine-tune')
  })

  it('ships the mean of probe and network where it is asked for, the network bit for bit the same', async () => {
    const pair: Asked = { fits: [], predicts: [] }
    const { results, model, second } = await trained({ ensemble: true }, pair)
    expect(model).toEqual(first.model)
    expect(pair.predicts[0]?.models).toEqual([model, second])
    expect(results.shipped).toMatchObject({ method: 'ptu', ensemble: true })
    expect(results.methods.map(({ method }) => method)).toEqual(['mean of probe and ptu', 'ptu', 'probe', 'fine-tune'])
  })

  it('warns at once, and in its results, where the network is given the wrong range of pixels', async () => {
    const network = await smallNetwork(0, { ...smallInput, normalisation: { mean: 0, deviation: 1 } })
    const sourceThat = (scalesPixels: boolean) =>
      openedSource((path) => TE.right({ name: path, title: path, network, parameters: 1, scalesPixels }))
    const warnings: string[] = []
    const warn = (text: string) => warnings.push(text)
    const { results } = await trained({ method: 'probe', budget: 0 }, undefined, { kinds: [sourceThat(false)], warn })
    expect(warnings[0]).toContain('most likely --range 0..1')
    expect(results.notes[0]).toBe(warnings[0])
    const scaling = await trained({ method: 'probe', budget: 0 }, undefined, { kinds: [sourceThat(true)] })
    expect(scaling.results.notes.join()).not.toContain('--range')
    expect(first.results.notes.join()).not.toContain('--range')
  })

  it('is refused before any training where its method is unknown', async () => {
    const none: Asked = { fits: [], predicts: [] }
    const refused = await train(spec({ method: 'ptuu' }), {
      ...{ ...tools, store: memoryStore(), executor: observed(none) },
    })()
    expect(messageIn(refused)).toContain('--method: expected')
    expect(none.fits).toEqual([])
  })
})

describe('a training that goes on from an earlier one', () => {
  const colour = async (part: string, label: number, count: number, seed: number): Promise<void> => {
    const place = join(folder, part, names[label] as string)
    await mkdir(place, { recursive: true })
    for (let i = 0; i < count; i++) await writeFile(join(place, `${i}.png`), png(label, seed + i))
  }
  let earlier: KeptExamples
  let again: Tools

  beforeAll(async () => {
    for (const [label] of names.entries()) await colour('later/test', label, 3, 9000 + 100 * label)
    for (const label of [0, 1]) await colour('earlier', label, 6, 7000 + 100 * label)
    await colour('later/train', 2, 6, 7200)
    const before = await trained({ data: join(folder, 'earlier'), budget: 0 })
    earlier = before.kept as KeptExamples
    const network = await smallNetwork()
    const source = openedSource((path, { earlier: wanted }) =>
      TE.right({ name: path, title: path, network, parameters: 1, ...(wanted === true && { earlier }) }),
    )
    again = { ...tools, kinds: [source] }
  })

  const later = (changes: Partial<TrainSpec> = {}, asked?: Asked) =>
    trained(
      { source: { kind: 'opened', path: 'mine', earlier: true }, data: join(folder, 'later'), ...changes },
      asked,
      { kinds: again.kinds },
    )

  it('keeps what the frozen blocks gave, the files, and the other blocks as they were', async () => {
    const network = await smallNetwork()
    expect(earlier.examples).toMatchObject({ classes: ['green', 'red'], shape: [4, 4, 6] })
    expect([earlier.cut, earlier.files.length, earlier.rest.blocks.length]).toEqual([1, 12, 2])
    expect(earlier.files[0]).toContain('green')
    const encoded = await encodeKept(earlier)
    expect(rightOf(await decodeKept(encoded)())).toEqual(earlier)
    expect(earlier.prefix).toMatch(/^[0-9a-f]{64}$/)
    expect(network.blocks.slice(1)).toEqual(earlier.rest.blocks)
  })

  it('tells old classes apart, of which it gets no new image, and new ones', async () => {
    const asked: Asked = { fits: [], predicts: [] }
    const { results, examples, files } = await later({}, asked)
    expect(results.data.classes).toEqual([
      { name: 'green', train: 6, test: 3 },
      { name: 'red', train: 6, test: 3 },
      { name: 'blue', train: 6, test: 3 },
    ])
    expect(asked.fits[0]?.comparison.target.train.labels).toEqual(
      Int32Array.from([...Array<number>(6).fill(0), ...Array<number>(6).fill(1), ...Array<number>(6).fill(2)]),
    )
    expect(results.earlier).toMatchObject({
      classes: ['green', 'red'],
      examples: 12,
      old: { count: 12 },
      new: { count: 6 },
    })
    expect(results.methods[1]?.accuracy).toBeGreaterThanOrEqual(0.9)
    expect(results.test?.count).toBe(9)
    expect([examples.labels.length, files.map((file) => file.includes('later'))]).toEqual([6, Array(6).fill(true)])
  })

  it('learns of both with changed copies of the new ones alone', async () => {
    const asked: Asked = { fits: [], predicts: [] }
    await later({ augment: ['crop'], budget: 0 }, asked)
    const { target, views = [] } = (asked.fits[0] as FitRequest).comparison
    const old = earlier.examples.features.length
    for (const { features } of views) {
      expect(features.subarray(0, old)).toEqual(target.train.features.subarray(0, old))
      expect(features.subarray(old)).not.toEqual(target.train.features.subarray(old))
    }
    expect(views).toHaveLength(4)
  })

  it('is refused with another cut, and forgets where that is asked for', async () => {
    const source = { kind: 'opened', path: 'mine', earlier: true, freeze: 2 }
    const refused = await train(spec({ source, data: join(folder, 'later') }), { ...again, store: memoryStore() })()
    expect(messageIn(refused)).toContain('were kept as its first 1 blocks give them, got 2')
    const forgetful = await train(spec({ source: { kind: 'opened', path: 'mine' }, data: join(folder, 'later') }), {
      ...{ ...again, store: memoryStore() },
    })()
    expect(messageIn(forgetful)).toContain('the test part has classes that the training part lacks')
  })
})
