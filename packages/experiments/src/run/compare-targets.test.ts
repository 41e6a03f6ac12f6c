import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key, normals } from '@ptu/core'
import { countOf, type Dataset } from '@ptu/data'
import { uniformPlan, fineTune } from '@ptu/strategies'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { memoryTools } from '../../tests/memory-tools.ts'
import { messageIn, rightOf } from '../../tests/small-network.ts'
import type { ExperimentError } from '../errors.ts'
import { builtInMethods } from '../methods/built-in.ts'
import type { Method } from '../methods/method.ts'
import { decodeModel } from '../models/model-file.ts'
import { predictExamples } from '../predict/predict-examples.ts'
import type { Results, RunResult } from '../results/results.ts'
import { resultsDecoder } from '../results/schema.ts'
import { memoryNetworks } from '../sources/network-store.ts'
import { learntThreshold } from '../tasks/learnt-threshold.ts'
import { loadTask } from '../tasks/task-data.ts'
import { compare, type CompareSpec } from './compare.ts'
import { memoryStore } from './store.ts'
import { transferOnce } from './transfer.ts'

let folder = ''
let spec: CompareSpec
const seen: Dataset[] = []
const networks = memoryNetworks()

/** Notes what it is trained on. */
const looking: Method = {
  ...{ name: 'looking', role: 'candidate', trials: ({ rate }) => [{ depth: null, rate }] },
  plan: (source) => uniformPlan(source, fineTune),
  adapt: (plan, { labelled }) => {
    seen.push(labelled)
    return plan
  },
}
const tools = () => memoryTools({ networks, methods: [...builtInMethods, looking] })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-compare-targets-'))
  const draws = normals(key(4), 4 * 160)
  const rows = Array.from({ length: 160 }, (_, i) => [...draws.subarray(4 * i, 4 * i + 4)].map((x) => x.toFixed(3)))
  const of = ([p, q, r]: readonly string[]): readonly number[] => [Number(p), Number(q), Number(r)]
  const classes = rows.map((row) => [...row, (of(row)[0] ?? 0) > 0 ? 'up' : 'down'].join())
  const targets = rows.map((row) => {
    const [p = 0, q = 0, r = 0] = of(row)
    return [...row, (50_000 + 10_000 * p - 4000 * q).toFixed(0), Number(p > 0.3), Number(q + r > 0)].join()
  })
  await writeFile(join(folder, 'from.csv'), ['p,q,r,s,kind', ...classes, ''].join('\n'))
  await writeFile(join(folder, 'to.csv'), ['p,q,r,s,price,large,loud', ...targets, ''].join('\n'))
  spec = {
    source: { kind: 'trained', data: join(folder, 'from.csv'), body: 'small', epochs: 200, seed: 1 },
    ...{ target: `${join(folder, 'to.csv')}#label=price&regress=yes&ignore=large,loud`, shots: 4, seeds: [0, 1] },
    ...{ methods: ['fine-tune', 'ptu', 'looking'], rates: [1e-2, 1e-5], steps: 60, batch: 8, rate: 1e-2 },
    ...{ modules: [], backend: 'cpu' },
  }
})
afterAll(() => rm(folder, { recursive: true }))

const run = (changes: Partial<CompareSpec> = {}): Promise<E.Either<ExperimentError, Results>> =>
  compare({ ...spec, ...changes }, tools())()

/** R² against a mean and RMSE, by their formulas. */
const scoresOf = (predicted: Float32Array, { targets }: Dataset, mean: number) => {
  const values = [...(targets?.values ?? [])]
  const sum = (of: (y: number, i: number) => number): number => values.reduce((all, y, i) => all + of(y, i), 0)
  const own = sum((y, i) => (y - (predicted[i] ?? NaN)) ** 2)
  return { r2: 1 - own / sum((y) => (y - mean) ** 2), rmse: Math.sqrt(own / values.length) }
}

const setsIn = (): Partial<CompareSpec> => ({ target: `${join(folder, 'to.csv')}#label=large,loud&ignore=price` })

describe('a comparison on numbers', () => {
  let found: Results
  beforeAll(async () => {
    found = rightOf(await run())
  }, 120_000)

  it('is by R², with other scores of each run beside it, in the documented schema', () => {
    expect(resultsDecoder(JSON.parse(JSON.stringify(found)), [])).toEqual(E.right(found))
    expect(found.target).toMatchObject({ kind: 'regress', classes: ['price'], testExamples: 48, testLabels: 48 })
    expect(found.measures?.map(({ name, title, unit }) => [name, title, unit])).toEqual([
      ['score.rmse', 'RMSE', 'number'],
      ['score.mae', 'MAE', 'number'],
    ])
    const [row] = found.rows.filter(({ method }) => method === 'looking')
    expect(row?.mean).toBeGreaterThan(0.3)
    expect(row?.measures?.map(({ name }) => name)).toEqual(['score.rmse', 'score.mae'])
    expect(found.verdict).toMatch(/^Over 2 draws of labels ptu is [+-]\d\.\d{3} of R² from fine-tune\* \(no interval/)
    expect(found.runs.every(({ testOpened }) => testOpened === 1)).toBe(true)
  })

  it('learns from as many examples of each tenth, at their own mean and deviation', () => {
    for (const labelled of seen) {
      expect(countOf(labelled)).toBe(40)
      const { values = new Float64Array(0), scale } = labelled.targets ?? {}
      expect(scale?.mean).toBeCloseTo(
        values.reduce((sum, y) => sum + y / 40, 0),
        6,
      )
      expect(scale?.deviation).toBeGreaterThan(1000)
    }
    expect(new Set(seen.map(({ features }) => features.join())).size).toBe(2)
  })

  it('chooses among trials by their R² on what was held back', () => {
    const tried = found.runs.filter(({ method }) => method === 'fine-tune')
    for (const { trials, rate, depth } of tried) {
      const best = trials.toSorted((a, b) => b.accuracy - a.accuracy)[0]
      expect([best?.rate, best?.depth]).toEqual([rate, depth])
      expect(new Set(trials.map(({ accuracy }) => accuracy)).size).toBeGreaterThan(2)
    }
  })

  it('ships the model that it judged: predictions of the test data give the same R²', async () => {
    const made = rightOf(await transferOnce({ ...spec, method: 'ptu', seed: 1 }, tools())())
    const own = found.runs.find(({ method, seed }) => method === 'ptu' && seed === 1) as RunResult
    expect(made.result.accuracy).toBe(own.accuracy)
    const model = rightOf(await decodeModel(made.model)())
    const { mean = NaN } = model.facts.task?.scale ?? {}
    expect(model.facts).toMatchObject({
      ...{ task: { kind: 'regress', tested: own.accuracy }, classes: ['price'], accuracy: null },
      encoding: { kind: 'table', label: 'price', target: { kind: 'regress', columns: ['price'] } },
    })
    const { test } = rightOf(await loadTask(spec.target)())
    const { r2, rmse } = scoresOf(await predictExamples(model, test), test, mean)
    expect(r2).toBeCloseTo(own.accuracy, 6)
    expect(rmse).toBeCloseTo(own.measures?.[0]?.value ?? NaN, 1)
    disposeParams(model.params)
  })
})

/** The numbers of one of two labels. */
const columnOf = (all: ArrayLike<number>, label: number): readonly number[] =>
  Array.from(all).filter((_, i) => i % 2 === label)

/** The thresholds of two labels by what a model predicts for examples. */
const chosenOn = (predicted: Float32Array, { targets }: Dataset): readonly number[] =>
  [0, 1].map((label) =>
    learntThreshold({ probabilities: columnOf(predicted, label), on: columnOf(targets?.values ?? [], label) }),
  )

/** Macro F1 of two labels by its formula. */
const macroF1 = (probabilities: Float32Array, { targets }: Dataset, thresholds: readonly number[]): number => {
  const on = probabilities.map((p, i) => Number(p >= (thresholds[i % 2] ?? NaN)))
  const f1 = [0, 1].map((label) => {
    const [taken, given] = [on, targets?.values ?? []].map((all) => columnOf(all, label))
    const right = (taken ?? []).filter((x, i) => x === 1 && given?.[i] === 1).length
    const count = (all: readonly number[] = []): number => all.reduce((sum, x) => sum + x, 0)
    return (2 * right) / (count(taken) + count(given))
  })
  return ((f1[0] ?? 0) + (f1[1] ?? 0)) / 2
}

describe('a comparison on sets of labels', () => {
  const sets = (): Partial<CompareSpec> => ({ ...setsIn(), seeds: [0], steps: 80 })
  let found: Results
  let own: RunResult
  const store = memoryStore()
  beforeAll(async () => {
    seen.length = 0
    const methods = ['ptu', 'fine-tune-all', 'looking']
    found = rightOf(await compare({ ...spec, ...sets(), methods }, { ...tools(), store })())
    own = found.runs.find(({ method }) => method === 'fine-tune-all') as RunResult
  }, 120_000)

  it('is by macro F1, in the documented schema', () => {
    expect(found.target).toMatchObject({ kind: 'multi-label', classes: ['large', 'loud'], testLabels: 96 })
    expect(found.measures?.map(({ title, unit }) => [title, unit])).toEqual([
      ['micro F1 %', 'part'],
      ['all labels right %', 'part'],
    ])
    expect(own.accuracy).toBeGreaterThan(0.6)
    expect(resultsDecoder(JSON.parse(JSON.stringify(found)), [])).toEqual(E.right(found))
  })

  it('judges a model at thresholds by the labelled examples alone, with which it is saved', async () => {
    const made = rightOf(await transferOnce({ ...spec, ...sets(), method: 'fine-tune-all', seed: 0 }, tools())())
    expect(made.result.accuracy).toBe(own.accuracy)
    const model = rightOf(await decodeModel(made.model)())
    const { thresholds = [] } = model.facts.task ?? {}
    expect(model.facts.task).toEqual({ kind: 'multi-label', thresholds: own.thresholds, tested: own.accuracy })
    const labelled = seen[0] as Dataset
    const chosen = chosenOn(await predictExamples(model, labelled), labelled)
    expect(thresholds).toEqual(chosen.map((threshold) => expect.closeTo(threshold, 4) as number))
    expect(Math.abs((chosen[0] ?? NaN) - (chosen[1] ?? NaN))).toBeGreaterThan(0.01)
    const { test } = rightOf(await loadTask(sets().target ?? '')())
    const predicted = await predictExamples(model, test)
    expect(macroF1(predicted, test, thresholds)).toBeCloseTo(own.accuracy, 6)
    expect(macroF1(predicted, test, [0.5, 0.5])).not.toBeCloseTo(own.accuracy, 3)
    disposeParams(model.params)
  }, 120_000)

  it('does not go on with a run whose labels were taken as on in another way', async () => {
    const { thresholds, ...before } = (await store.find('settings')) as Readonly<Record<string, string>>
    expect(thresholds).toBe('by the labelled examples')
    await store.keep('settings', before)()
    const methods = ['ptu', 'fine-tune-all', 'looking']
    expect(messageIn(await compare({ ...spec, ...sets(), methods }, { ...tools(), store })())).toContain(
      'thresholds: nothing there, "by the labelled examples" now',
    )
  })
})

describe('what does not fit numbers', () => {
  it('is refused by name before anything is trained', async () => {
    expect(messageIn(await run({ methods: ['setfit', 'ptu'] }))).toBe(
      'setfit: expected a task of the kind classify, got regress; leave this method out',
    )
    expect(messageIn(await run({ shots: 12 }))).toContain('expected at least 120 examples for 12 shots of each tenth')
    const source = { ...spec.source, data: `${join(folder, 'to.csv')}#label=price&regress=yes` }
    expect(messageIn(await run({ source }))).toContain('expected one class for each example, in one column, to train a')
  })
})
