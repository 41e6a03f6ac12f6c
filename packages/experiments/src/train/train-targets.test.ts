import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key, uniforms } from '@ptu/core'
import { targetScale, type Dataset } from '@ptu/data'
import { disposeParams } from '@ptu/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { messageIn, rightOf } from '../../tests/small-network.ts'
import { decodeModel } from '../models/model-file.ts'
import { nodeTools } from '../node/node-tools.ts'
import type { Tools } from '../run/experiment.ts'
import { memoryStore } from '../run/store.ts'
import { emptyCandidate } from './cross-validate.ts'
import type { TrainSpec } from './train-spec.ts'
import { train, type TrainedModel } from './train.ts'
import type { TargetResults } from './target-results.ts'

let folder = ''
let tools: Tools
const prices: number[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-train-targets-'))
  const draws = uniforms(key(2), 80)
  const rows = Array.from({ length: 40 }, (_, i) => {
    const [size = 0, noise = 0] = [draws[2 * i], draws[2 * i + 1]]
    prices.push(500_000 + 100_000 * size)
    return `${size.toFixed(4)},${noise.toFixed(4)},${prices[i] ?? ''},${Number(size > 0.5)},${Number(noise > 0.5)}`
  })
  await writeFile(join(folder, 'houses.csv'), `size,noise,price,large,loud\n${rows.join('\n')}\n`)
  tools = rightOf(await nodeTools({ folder: join(folder, 'run'), cache: join(folder, 'cache') })())
})
afterAll(() => rm(folder, { recursive: true }))

const numbers: Partial<TrainSpec> = {
  reading: { kind: 'table', label: 'price', target: { kind: 'regress' }, ignore: ['large', 'loud'] },
}
const sets: Partial<TrainSpec> = { reading: { kind: 'table', label: 'large,loud', ignore: ['price'] } }

const run = (changes: Partial<TrainSpec>) =>
  train(
    {
      ...{ source: null, data: join(folder, 'houses.csv'), test: undefined, budget: 1e4, method: 'scratch' },
      ...{ ensemble: false, strict: false, seed: 0, steps: 80, batch: 8, backend: 'cpu', modules: [] },
      ...changes,
    },
    { ...tools, store: memoryStore() },
  )()

const trained = async (changes: Partial<TrainSpec>): Promise<TrainedModel<TargetResults>> => {
  const made = rightOf(await run(changes))
  const { results } = made
  if (results.schema !== 'ptu-train-targets/1') throw new Error(`expected targets, got ${results.schema}`)
  return { ...made, results }
}

describe('a network that learns numbers', () => {
  let made: TrainedModel<TargetResults>
  beforeAll(async () => {
    made = await trained(numbers)
  }, 300_000)

  it('learns them whatever their unit is, and remembers mean and deviation', async () => {
    const { results, model } = made
    const [own, probe] = results.methods
    expect([own?.method, own?.count, probe?.method]).toEqual(['scratch', 40, 'probe'])
    expect(own?.scores['r2']).toBeGreaterThan(0.5)
    expect(own?.scores['rmse']).toBeLessThan(25_000)
    expect(probe?.scores['r2']).toBeGreaterThan(0.999)
    const { facts, params } = rightOf(await decodeModel(Uint8Array.from(model))())
    disposeParams(params)
    expect(facts.task).toEqual({ ...results.task, scale: targetScale(prices) })
    expect(facts.classes).toEqual(['price'])
  })

  it('measures a learning curve in R², and lists what was held out with its prediction', () => {
    const { results } = made
    const { curves, notes } = results.learning
    expect(
      curves.map(({ method, points }) => [method, points.map(({ examples, count }) => [examples, count])]),
    ).toEqual([
      ['scratch', [[16, 40], [32, 40]]], // prettier-ignore
      ['probe', [[8, 40], [16, 40], [32, 40]]], // prettier-ignore
    ])
    for (const { method, points } of curves)
      expect(points.at(-1)?.score).toBe(results.methods.find((one) => one.method === method)?.scores['r2'])
    // A line through 8 of the prices, which lie on one, predicts the others.
    expect(curves[1]?.points[0]?.score).toBeGreaterThan(0.99)
    expect(notes[0]).toMatch(/^from 16 to 32 examples the held-out score of scratch changes by -?[\d.]+ of R²/)
    expect(results.heldOut?.map(({ given }) => given)).toEqual(prices)
    const off = (results.heldOut ?? []).reduce((sum, one) => sum + (one.given - one.predicted) ** 2 / 40, 0)
    expect(Math.sqrt(off)).toBeCloseTo(results.methods[0]?.scores['rmse'] ?? NaN, 3)
  })

  it('gives the same bits again, and others from another seed', async () => {
    const [first, again, other] = [
      await trained({ ...numbers, steps: 10 }),
      await trained({ ...numbers, steps: 10 }),
      await trained({ ...numbers, steps: 10, seed: 1 }),
    ]
    expect([...again.model]).toEqual([...first.model])
    expect([...other.model]).not.toEqual([...first.model])
  })
})

describe('a network that learns sets of labels', () => {
  it('is shipped with the mean of the linear probe, at thresholds of that mean', async () => {
    const { results, second } = await trained({ ...sets, ensemble: true })
    expect(results.methods.map(({ method }) => method).slice(0, 2)).toEqual(['mean of probe and scratch', 'scratch'])
    expect(results.task.thresholds).toHaveLength(2)
    expect(results.data.classes.map(({ name }) => name)).toEqual(['large', 'loud'])
    const { facts, params } = rightOf(await decodeModel(Uint8Array.from(second ?? []))())
    disposeParams(params)
    expect(facts.task).toEqual(results.task)
  })

  it('refuses what is for one class each', async () => {
    expect(messageIn(await run({ ...sets, balance: true }))).toContain('--balance: expected one class for each')
    expect(messageIn(await run({ ...sets, method: 'setfit' }))).toContain('as there is no source network')
  })
})

it('held-out predictions of sets of labels know which were held out together', () => {
  const examples: Dataset = {
    ...{ shape: [1], features: Float32Array.of(1, 2), labels: new Int32Array(2), classes: ['a', 'b'] },
    targets: { kind: 'multi-label', values: Float64Array.of(0, 1, 1, 0) },
  }
  const { judged } = emptyCandidate({ method: 'scratch', held: { depth: null, rate: 1 }, evidence: '' }, examples, [
    [0],
    [1],
  ])
  expect(judged).toMatchObject({ classes: 2, folds: [[0], [1]], targets: examples.targets })
})
