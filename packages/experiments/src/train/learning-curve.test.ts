import type { Dataset } from '@ptu/data'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'

import { colours, rightOf, smallComparison, smallNetwork } from '../../tests/small-network.ts'
import { memoryTools } from '../../tests/memory-tools.ts'
import type { FitRequest } from '../run/fit-method.ts'
import type { Worker } from '../run/worker.ts'
import { probeName, type Candidate } from './candidate.ts'
import { learningCurves, methodCurve } from './learning-curve.ts'
import type { TrainContext } from './train.ts'
import type { LearningCurves } from './train-results.ts'
import { trainedOn } from './trained-on.ts'

/** The curves of the linear probe on so many examples of two classes, `left` and `right` of 0, half of them in each of two folds. */
const curvesOf = async (perClass: number): Promise<LearningCurves> => {
  const labels = Int32Array.from({ length: 2 * perClass }, (_, i) => i % 2)
  const vectors: Dataset = {
    ...{ shape: [1], labels, classes: ['left', 'right'] },
    features: Float32Array.from(labels, (label, i) => (label === 0 ? -1 : 1) * (1 + i)),
  }
  const places = [...labels.keys()]
  const folds = [0, 1].map((fold) => places.filter((i) => Math.floor(i / 2) % 2 === fold))
  const judged = { probabilities: Float32Array.from(places.flatMap(() => [0.5, 0.5])), labels, classes: 2 }
  const candidate: Candidate = {
    method: probeName,
    held: { depth: null, rate: 0 },
    judged,
    folds: 2,
    seconds: 0,
  }
  const context = {
    ...{ vectors, folds, probe: { candidate }, held: { groups: places.map(String) }, began: 0 },
    ...{ spec: { seed: 0, budget: 10 }, tools: { ...memoryTools(), now: () => 0 } },
  } as unknown as TrainContext
  return rightOf(await learningCurves(context, candidate)())
}

describe('what half of the labels are worth', () => {
  it('is not said of so few labels that half of them are as many, rounded', async () => {
    expect((await curvesOf(2)).notes).toEqual([
      'too few labels per class to tell whether more would help the linear probe',
    ])
  })

  it('is said with the numbers of labels per class that a training sees', async () => {
    const { notes, curves } = await curvesOf(8)
    expect(notes[0]).toMatch(/^from 2 to 4 labels per class the held-out accuracy of the linear probe changes by /)
    expect(notes).toHaveLength(1)
    expect(curves.map(({ method, points }) => [method, points.map(({ labels }) => labels)])).toEqual([
      [probeName, [1, 2, 4]],
    ])
  })
})

describe('the learning curve of a method', () => {
  it('trains on half of the labels outside each fold, and tells its steps over all folds', async () => {
    const comparison = smallComparison(await smallNetwork(), colours(2, 8))
    const { labels } = comparison.target.train
    const places = [...labels.keys()]
    const folds = [0, 1].map((fold) => places.filter((i) => Math.floor(i / 2) % 2 === fold))
    const shipped: Candidate = {
      ...{ method: 'ptu', held: { depth: null, rate: 1e-3 }, folds: 2, seconds: 0 },
      judged: { probabilities: new Float32Array(2 * labels.length).fill(0.5), labels, classes: 2 },
    }
    const asked: FitRequest[] = []
    const shown: (readonly [string, number, number])[] = []
    const fit: Worker['fit'] = (request, onStep) => {
      asked.push(request)
      for (const part of [0.5, 1]) onStep(part * comparison.steps, comparison.steps)
      const right = { probabilities: new Float32Array(2 * (request.predict?.length ?? 0)).fill(0.25) }
      return TE.right({ ...right, seconds: 1, model: null } as never)
    }
    const progress = (title: string) => ({
      set: (done: number, total: number) => void shown.push([title, done, total]),
      stop: () => undefined,
    })
    const context = {
      ...{ spec: { seed: 0, budget: 100 }, tools: { ...memoryTools(), progress }, began: 0 },
      ...{ workers: [{ fit }], comparison, folds },
    } as unknown as TrainContext
    const measured = rightOf(await methodCurve(context, shipped)())
    const { steps } = comparison
    expect(shown).toEqual([0.5, 1, 1.5, 2].map((part) => ['learning curve', part * steps, 2 * steps]))
    const chosen = [0, 1].map((fold) => trainedOn(folds, fold, { labels, part: 0.5, seed: 0 }))
    expect(asked.map(({ train, predict }) => [[...(train ?? [])], [...(predict ?? [])]])).toEqual([
      [chosen[0], folds[0]],
      [chosen[1], folds[1]],
    ])
    expect(chosen.map(({ length }) => length)).toEqual([4, 4])
    expect(measured?.map(({ part, judged }) => [part, judged.probabilities[0]])).toEqual([
      [0.5, 0.25],
      [1, 0.5],
    ])
  })
})
