import type { Dataset } from '@ptu/data'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { memoryTools } from '../../tests/memory-tools.ts'
import { rightOf } from '../../tests/small-network.ts'
import type { Worker } from '../run/worker.ts'
import { probeName, type Candidate } from './candidate.ts'
import { modelsOf } from './final-models.ts'
import { finishTargets } from './finish-targets.ts'
import type { Judged } from './judgement.ts'
import { targetCurves } from './target-curves.ts'
import type { TargetResults } from './target-results.ts'
import type { TrainContext } from './train.ts'

vi.mock('./final-models.ts', () => ({ modelsOf: vi.fn() }))
vi.mock('./target-curves.ts', () => ({ targetCurves: vi.fn() }))
vi.mock('./training-facts.ts', () => ({
  trainingFacts: () => ({ seconds: 1 }),
  notesOf: (_context: unknown, notes: readonly string[]) => notes,
  trainedModel: (_context: unknown, models: unknown, results: unknown) => ({ models, results }),
}))

const targets = { kind: 'multi-label', values: Float64Array.of(1, 0, 1, 0) } as const
const train: Dataset = {
  ...{ shape: [1], features: Float32Array.of(1, 2, 3, 4), labels: new Int32Array(4), classes: ['on'] },
  targets,
}

const predicting = (...probabilities: readonly number[]): Judged => ({
  ...{ probabilities: Float32Array.from(probabilities), labels: train.labels, classes: 1, targets },
  facts: { kind: 'multi-label', thresholds: [0.5] },
})

const candidate = (method: string, judged: Judged): Candidate => ({
  ...{ method, held: { depth: null, rate: 1 }, judged, folds: 2, seconds: 1 },
})

// Alone each takes one example for on that is off; their mean takes none.
const shipped = candidate('ptu', predicting(0.9, 0.6, 0.8, 0))
const probe = candidate(probeName, predicting(0.7, 0, 0.8, 0.6))
const testSet: Dataset = {
  ...train,
  labels: new Int32Array(2),
  features: Float32Array.of(1, 2),
  targets: { ...targets, values: Float64Array.of(0, 1) },
}

/** The results of a training whose methods were judged already. */
const finished = async (changes: {
  readonly ensemble: boolean
  readonly shipped?: Candidate
  readonly test?: Dataset
}): Promise<TargetResults> => {
  const predict: Worker['predict'] = () => TE.right(Float32Array.of(0.1, 0.9))
  const context = {
    ...{ spec: { seed: 0, ensemble: changes.ensemble }, tools: memoryTools(), comparison: { steps: 7 } },
    ...{ data: { train, test: changes.test, files: [] }, probe: { candidate: probe }, workers: [{ predict }] },
  } as unknown as TrainContext
  const selected = { shipped: changes.shipped ?? shipped, judged: [shipped, probe], why: 'a recipe', notes: ['a note'] }
  const made = rightOf(await finishTargets(context, selected as never)())
  return made.results as TargetResults
}

beforeEach(() => {
  vi.mocked(modelsOf).mockReset().mockReturnValue(TE.right([]))
  vi.mocked(targetCurves).mockReturnValue(TE.right({ curves: [], notes: ['a curve'] }))
})

describe('the results of a training on sets of labels', () => {
  it('are of the method alone, with thresholds by what was held out', async () => {
    const results = await finished({ ensemble: false })
    expect(results.methods.map(({ method }) => method)).toEqual(['ptu', probeName])
    expect(results.task).toEqual({ kind: 'multi-label', thresholds: [expect.closeTo(0.7, 6)] })
    expect(results.shipped).toEqual({
      ...{ method: 'ptu', steps: 7, ensemble: false, why: 'a recipe' },
      held: shipped.held,
    })
    expect([results.examples, results.notes, results.test]).toEqual([4, ['a note'], null])
    expect(vi.mocked(modelsOf).mock.calls[0]?.slice(1)).toEqual([shipped, results.task])
  })

  it('are of its mean with the probe, judged first, where both are shipped', async () => {
    const { methods, task, shipped: told } = await finished({ ensemble: true })
    expect(methods.map(({ method }) => method)).toEqual(['mean of probe and ptu', 'ptu', probeName])
    expect([task.thresholds, told.ensemble]).toEqual([[expect.closeTo(0.55, 6)], true])
  })

  it('are of the probe alone where that is shipped', async () => {
    const { methods, shipped: told } = await finished({ ensemble: true, shipped: probe })
    expect([methods.length, told.ensemble, told.method]).toEqual([2, false, probeName])
  })

  it('judge the test data by the thresholds that were held out', async () => {
    const { test } = await finished({ ensemble: false, test: testSet })
    expect([test?.count, test?.scores['macroF1']]).toEqual([2, 1])
  })
})
