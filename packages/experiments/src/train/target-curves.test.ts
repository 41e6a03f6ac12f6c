import type { Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { memoryTools } from '../../tests/memory-tools.ts'
import { rightOf } from '../../tests/small-network.ts'
import { probeName, type Candidate } from './candidate.ts'
import { targetCurves } from './target-curves.ts'
import type { TargetCurves } from './target-results.ts'
import type { TrainContext } from './train.ts'

const count = 24
/** A number that goes with the first column, so that more examples find it better. */
const values = Float64Array.from({ length: count }, (_, i) => 3 * i + (i % 3))
const targets = { kind: 'regress', values } as const
const vectors: Dataset = {
  ...{ shape: [2], labels: new Int32Array(count), classes: ['price'], targets },
  features: Float32Array.from({ length: 2 * count }, (_, j) => (j % 2 === 0 ? j / 2 : (j * j) % 7)),
}
const folds = [0, 1].map((fold) => Array.from({ length: count }, (_, i) => i).filter((i) => i % 2 === fold))

/** The curves of the linear probe, whose predictions by all examples are given. */
const curvesOf = async (predicted: (value: number) => number, budget = 10): Promise<TargetCurves> => {
  const candidate: Candidate = {
    ...{ method: probeName, held: { depth: null, rate: 0 }, folds: 2, seconds: 1 },
    judged: {
      ...{ probabilities: Float32Array.from(values, predicted), labels: vectors.labels, classes: 1, targets, folds },
    },
  }
  const context = {
    ...{
      vectors,
      folds,
      probe: { candidate },
      began: 0,
      spec: { seed: 0, budget },
      tools: { ...memoryTools(), now: () => 0 },
    },
  } as unknown as TrainContext
  return rightOf(await targetCurves(context, candidate)())
}

describe('what half of the numbers are worth', () => {
  it('is measured at a quarter, half and all of the examples of a training', async () => {
    const { curves, notes } = await curvesOf((value) => value)
    expect(curves.map(({ method, points }) => [method, points.map(({ examples }) => examples)])).toEqual([
      [probeName, [3, 6, 12]],
    ])
    expect(curves[0]?.points.at(-1)?.score).toBe(1)
    expect(notes).toEqual([
      expect.stringMatching(/^from 6 to 12 examples the held-out score of the linear probe changes by /),
    ])
  })

  it('is a gain where all examples predict better than half of them, and a loss where worse', async () => {
    const change = async (predicted: (value: number) => number): Promise<number> => {
      const [note = ''] = (await curvesOf(predicted)).notes
      return Number(/changes by (-?[0-9.]+)/.exec(note)?.[1])
    }
    expect(await change((value) => value)).toBeGreaterThan(0)
    expect(await change((value) => 100 - value)).toBeLessThan(0)
  })

  it('is left where there is no time', async () => {
    const { curves, notes } = await curvesOf((value) => value, 0)
    expect([curves, notes]).toEqual([[], ['no time for the linear probe on parts of the labels']])
  })
})
