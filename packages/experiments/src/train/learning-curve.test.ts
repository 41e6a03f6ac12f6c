import type { Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { rightOf } from '../../tests/small-network.ts'
import { probeName, type Candidate } from './candidate.ts'
import { learningCurves } from './learning-curve.ts'
import type { TrainContext } from './train.ts'
import type { LearningCurves } from './train-results.ts'

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
    ...{ spec: { seed: 0, budget: 10 }, tools: { now: () => 0 } },
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
