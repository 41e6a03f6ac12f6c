import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key, uniforms } from '@ptu/core'
import { disposeParams } from '@ptu/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ofClasses } from '../../tests/of-classes.ts'
import { messageIn, rightOf } from '../../tests/small-network.ts'
import { decodeModel } from '../models/model-file.ts'
import { nodeTools } from '../node/node-tools.ts'
import type { Tools } from '../run/experiment.ts'
import type { FitRequest } from '../run/fit-method.ts'
import { memoryStore } from '../run/store.ts'
import type { PredictRequest } from '../run/predict-request.ts'
import type { TrainSpec } from './train-spec.ts'
import { train, type TrainedModel } from './train.ts'
import type { TrainResults } from './train-results.ts'

let folder = ''
let tools: Tools

const colours = ['blue', 'green', 'red']

/** Rows whose class is told by a width of a large scale and by a colour. */
const rows = (count: number, seed: number, columns = 'width,colour,kind'): string => {
  const draws = uniforms(key(seed), 2 * count)
  const cells = Array.from({ length: count }, (_, i) => {
    const label = i % 2
    const width = 1000 + 100 * label + 90 * (draws[2 * i] ?? 0)
    return `${width.toFixed(2)},${colours[(label + Math.floor(2 * (draws[2 * i + 1] ?? 0))) % 3] ?? ''},${label === 0 ? 'elm' : 'oak'}`
  })
  return `${columns}\n${cells.join('\n')}\n`
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-train-rows-'))
  await writeFile(join(folder, 'trees.csv'), rows(40, 1))
  await writeFile(join(folder, 'test.csv'), `colour,kind,width\nred,oak,1190\nblue,elm,1001\npink,elm,1002\n`)
  await writeFile(join(folder, 'source.csv'), rows(200, 3))
  await writeFile(join(folder, 'other.csv'), rows(60, 4, 'height,colour,kind'))
  const lines = Array.from(
    { length: 24 },
    (_, i) =>
      `${i % 2 === 0 ? 'a fine book' : 'a dull film'} number ${String.fromCharCode(97 + Math.floor(i / 2))},${i % 2 === 0 ? 'good' : 'bad'}`,
  )
  await writeFile(join(folder, 'reviews.csv'), `body,stars\n${lines.join('\n')}\n`)
  tools = rightOf(await nodeTools({ folder: join(folder, 'run'), cache: join(folder, 'cache') })())
})
afterAll(() => rm(folder, { recursive: true }))

const spec = (changes: Partial<TrainSpec> = {}): TrainSpec => ({
  ...{ source: null, data: join(folder, 'trees.csv'), test: undefined, budget: 1e4 },
  ...{ method: undefined, ensemble: false, strict: false, seed: 0, steps: 12, batch: 8, backend: 'cpu', modules: [] },
  reading: { kind: 'table', label: 'kind' },
  ...changes,
})

interface Asked {
  readonly fits: FitRequest[]
  readonly predicts: PredictRequest[]
}

const run = (changes: Partial<TrainSpec>, asked: Asked = { fits: [], predicts: [] }) =>
  train(spec(changes), {
    ...tools,
    store: memoryStore(),
    executor: (setup) =>
      tools.executor(setup).map((worker) => ({
        ...worker,
        fit: (request, onStep) => {
          asked.fits.push(request)
          return worker.fit(request, onStep)
        },
        predict: (request, onStep) => {
          asked.predicts.push(request)
          return worker.predict(request, onStep)
        },
      })),
  })()

const trained = async (changes: Partial<TrainSpec> = {}, asked?: Asked): Promise<TrainedModel<TrainResults>> =>
  ofClasses(rightOf(await run(changes, asked)))

const methodsOf = ({ results }: TrainedModel<TrainResults>): readonly string[] =>
  results.methods.map(({ method }) => method)

describe('a training on the rows of a table', () => {
  it('notes that a shipped probe is not balanced, where balance was asked for', async () => {
    const noted = async (changes: Partial<TrainSpec>): Promise<boolean> =>
      (await trained(changes)).results.notes.some((note) => note.includes('however rare its class'))
    expect(await noted({ method: 'probe', balance: true })).toBe(true)
    expect(await noted({ method: 'probe' })).toBe(false)
  })

  it('without a source ships the linear probe on few labels, with a network from scratch beside it', async () => {
    const asked: Asked = { fits: [], predicts: [] }
    const made = await trained({ test: join(folder, 'test.csv') }, asked)
    expect(methodsOf(made)).toEqual(['probe', 'scratch'])
    expect(made.results.shipped).toMatchObject({ method: 'probe', ensemble: false })
    expect(made.results.shipped.why).toContain('the recipe for 20 labels per class')
    expect(made.results.methods[0]).toMatchObject({ accuracy: 1, count: 40, folds: 5 })
    expect(made.results.data).toMatchObject({
      kind: 'table',
      frozen: 0,
      inputs: expect.stringContaining('colour (blue') as string,
    })
    expect(made.results.source.title).toBe('none: an mlp that starts at random')
    expect(made.results.test).toMatchObject({ count: 3, accuracy: 1 })
    expect(asked.predicts.map(({ examples }) => examples.labels.length)).toEqual([3])
    expect(made.results.notes.join()).toContain('test data: 1 cell with a category that training did not have')
    expect(made.results).toMatchObject({
      learning: { curves: [{ method: 'probe', points: [{ labels: 4 }, { labels: 8 }, { labels: 16 }] }] },
      copies: { together: [], apart: 0, test: [], testWithout: null, problem: null },
      augmentation: { changes: [], copies: 0 },
      earlier: null,
    })
    expect([made.kept, made.files.length]).toEqual([null, 40])
    expect(made.results.unsure[0]).toMatchObject({
      shown: expect.stringMatching(/^width 1\d+\.?\d*, colour \w+$/) as string,
    })
  })

  it('makes a model that remembers its columns, and whose normalisation is that of the training rows', async () => {
    const { model, encoding } = await trained()
    const { facts, params } = rightOf(await decodeModel(Uint8Array.from(model))())
    disposeParams(params)
    expect(facts.encoding).toEqual(encoding)
    expect(facts.encoding).toMatchObject({ kind: 'table', label: 'kind' })
    expect([facts.shape, facts.blocks, facts.classes]).toEqual([[4], [], ['elm', 'oak']])
    expect((facts.normalisation.mean as readonly number[])[0]).toBeGreaterThan(1000)
  })

  it('with enough labels chooses among the probe and networks by cross-validation', async () => {
    await writeFile(join(folder, 'many.csv'), rows(100, 5))
    const made = await trained({ data: join(folder, 'many.csv') })
    expect(methodsOf(made).toSorted()).toEqual(['probe', 'scratch', 'scratch'])
    expect(made.results.shipped.why).toContain('by cross-validation')
  })

  it('with a source joins fine-tuning and units, in the columns and the scale of the source', async () => {
    const reading = { kind: 'table', label: 'kind' }
    const source = { kind: 'trained', data: join(folder, 'source.csv'), seed: 0, epochs: 20, reading }
    const made = await trained({ source })
    expect(methodsOf(made)).toEqual(['ptu', 'probe', 'fine-tune', 'scratch'])
    expect(made.results.source).toMatchObject({ accuracy: 1, rescaled: true })
    const whole = await trained({ data: join(folder, 'source.csv') })
    const mean = async ({ model }: TrainedModel): Promise<unknown> => {
      const { facts, params } = rightOf(await decodeModel(Uint8Array.from(model))())
      disposeParams(params)
      return facts.normalisation.mean
    }
    expect(await mean(made)).not.toEqual(await mean(await trained()))
    expect(await mean(made)).not.toEqual(await mean(whole)) // 30 % of the source are its test part
    expect(messageIn(await run({ source, data: join(folder, 'other.csv') }))).toContain('it lacks "width"')
  })

  it('holds equal rows out together, and makes no more folds than there are different ones', async () => {
    const cells = ['1,red,oak', '2,red,oak', '3,blue,elm', '4,blue,elm']
    await writeFile(
      join(folder, 'few.csv'),
      `width,colour,kind\n${Array.from({ length: 6 }, () => cells.join('\n')).join('\n')}\n`,
    )
    const asked: Asked = { fits: [], predicts: [] }
    await trained({ data: join(folder, 'few.csv') }, asked)
    const held = asked.fits.map(({ predict }) => new Set(Array.from(predict ?? [], (place) => place % 4)))
    expect(held.map(({ size }) => size)).toEqual([1, 1, 1, 1])
  })

  it('refuses changes of pictures, of which rows have none', async () => {
    const told = messageIn(await run({ augment: ['flip'] }))
    expect(told).toBe('--augment: expected images, whose copies can be changed, got rows; leave it out')
    expect((await trained({ augment: [] })).results.augmentation.changes).toEqual([])
  })

  it('refuses methods that need a source where there is none', async () => {
    expect(messageIn(await run({ method: 'ptu' }))).toContain('--method: expected probe or scratch')
    expect(methodsOf(await trained({ method: 'scratch', budget: 0 }))).toEqual(['scratch', 'probe'])
  })
})

describe('a training on texts', () => {
  it('counts words, shows the texts, and ships a model that remembers its vocabulary', async () => {
    const made = await trained({
      data: join(folder, 'reviews.csv'),
      reading: { kind: 'text', text: 'body', label: 'stars' },
    })
    expect(made.results.methods[0]).toMatchObject({ method: 'probe', accuracy: 1 })
    expect(made.results.unsure[0]?.shown).toMatch(/^a (fine book|dull film) number [a-l]$/)
    const { facts, params } = rightOf(await decodeModel(Uint8Array.from(made.model))())
    disposeParams(params)
    expect(facts.encoding).toMatchObject({ kind: 'text', text: 'body', label: 'stars', unit: 'word' })
    expect(typeof facts.normalisation.mean).toBe('number')
  })
})
