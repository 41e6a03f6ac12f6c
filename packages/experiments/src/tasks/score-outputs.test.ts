import type { Dataset, Targets } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { scoreColumns, scoreOutputs, trialScore } from './score-outputs.ts'

const examples = (targets: Targets | undefined, classes: readonly string[]): Dataset => ({
  ...{ shape: [1], features: new Float32Array(4), labels: Int32Array.of(0, 1, 1, 0), classes },
  ...(targets && { targets, labels: new Int32Array(4) }),
})

const outputs = (logits: readonly number[], classes: number) => ({
  ...{ logits: Float32Array.from(logits), labels: Int32Array.of(0, 1, 1, 0), classes, loss: 0 },
})

const numbers = (values: readonly number[], scale: Targets['scale']): Dataset =>
  examples({ kind: 'regress', values: Float64Array.from(values), ...(scale && { scale }) }, ['y'])

describe('the score of outputs', () => {
  it('is the accuracy where each example has one class, with no other beside it', () => {
    const of = examples(undefined, ['a', 'b'])
    expect(scoreOutputs(outputs([2, 1, 0, 1, 3, 1, 1, 0], 2), of, of)).toEqual({ score: 0.75, others: [] })
    expect([trialScore(of), scoreColumns('classify'), scoreColumns('constructor')]).toEqual([{}, [], []])
  })

  it('is R² in the unit of the numbers, against the mean of what was learnt', () => {
    const learnt = numbers([0, 1, 2, 3], { mean: 10, deviation: 2 })
    // Outputs 0, 1, 2, 3 stand for 10, 12, 14, 16.
    const { score, others } = scoreOutputs(outputs([0, 1, 2, 3], 1), numbers([10, 12, 15, 18], undefined), learnt)
    expect(score).toBeCloseTo(1 - (1 + 4) / (0 + 4 + 25 + 64), 12)
    expect(others).toEqual([
      { name: 'score.rmse', value: expect.closeTo(Math.sqrt(5 / 4), 12) as number },
      { name: 'score.mae', value: 0.75 },
    ])
    expect(scoreColumns('regress').map(({ name, measure }) => [measure, name])).toEqual([
      ['score', 'score.rmse'],
      ['score', 'score.mae'],
    ])
  })

  it('ranks trials on what was held back by its own scale', () => {
    const held = numbers([10, 12, 15, 18], { mean: 10, deviation: 2 })
    const { score } = trialScore(held)
    expect(score?.(outputs([0, 1, 2, 3], 1), held)).toBeCloseTo(1 - 5 / 93, 12)
  })

  it('is macro F1 of labels that are on from a probability of a half', () => {
    const values = Float64Array.of(1, 0, 1, 1, 0, 1, 0, 0)
    const sets = examples({ kind: 'multi-label', values }, ['a', 'b'])
    // Taken: a b, a, b, none.
    const { score, others } = scoreOutputs(outputs([1, 0.1, 2, -1, -0.1, 3, -2, -0.1], 2), sets, sets)
    expect(score).toBeCloseTo((1 + 0.5) / 2, 12)
    expect(others.map(({ name, value }) => [name, value])).toEqual([
      ['score.microF1', 0.75],
      ['score.exact', 0.5],
    ])
  })
})
