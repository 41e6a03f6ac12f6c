import type { Dataset, Targets } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { learntThreshold } from './learnt-threshold.ts'
import { decisionRecord, factsLearnt, scoreColumns, scoreOutputs, trialScore } from './score-outputs.ts'

const examples = (targets: Targets | undefined, classes: readonly string[]): Dataset => ({
  ...{ shape: [1], features: new Float32Array(4), labels: Int32Array.of(0, 1, 1, 0), classes },
  ...(targets && { targets, labels: new Int32Array(4) }),
})

const outputs = (logits: readonly number[], classes: number) => ({
  ...{ logits: Float32Array.from(logits), labels: Int32Array.of(0, 1, 1, 0), classes, loss: 0 },
})

const numbers = (values: readonly number[], scale: Targets['scale']): Dataset =>
  examples({ kind: 'regress', values: Float64Array.from(values), ...(scale && { scale }) }, ['y'])

const sets = (values: readonly number[]): Dataset =>
  examples({ kind: 'multi-label', values: Float64Array.from(values) }, ['a', 'b'])

const part = (dataset: Dataset, logits: readonly number[]) => ({
  examples: dataset,
  outputs: () => Promise.resolve(outputs(logits, dataset.classes.length)),
})

describe('the score of outputs', () => {
  it('is the accuracy where each example has one class, with no other beside it', async () => {
    const of = examples(undefined, ['a', 'b'])
    const answered = { outputs: outputs([2, 1, 0, 1, 3, 1, 1, 0], 2), examples: of }
    expect(scoreOutputs(answered, undefined)).toEqual({ score: 0.75, others: [] })
    expect([trialScore(of), scoreColumns('classify'), scoreColumns('constructor')]).toEqual([{}, [], []])
    expect(await factsLearnt(part(of, []))).toBeUndefined()
  })

  it('is R² in the unit of the numbers, against the mean of what was learnt', async () => {
    const facts = await factsLearnt(part(numbers([0, 1, 2, 3], { mean: 10, deviation: 2 }), []))
    // Outputs 0, 1, 2, 3 stand for 10, 12, 14, 16.
    const answered = { outputs: outputs([0, 1, 2, 3], 1), examples: numbers([10, 12, 15, 18], undefined) }
    const { score, others } = scoreOutputs(answered, facts)
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

  it('ranks trials on what was held back by the scale of what they were trained on', async () => {
    const held = numbers([10, 12, 15, 18], { mean: 99, deviation: 1 })
    const { score } = trialScore(held)
    const answered = { outputs: outputs([0, 1, 2, 3], 1), examples: held }
    expect(await score?.(answered, part(numbers([], { mean: 10, deviation: 2 }), []))).toBeCloseTo(1 - 5 / 93, 12)
  })

  it('is macro F1 of labels that are on from thresholds of their own', () => {
    // Probabilities of .73 .52, .88 .27, .48 .95, .12 .48: taken are a b, a, a b, b.
    const answered = {
      outputs: outputs([1, 0.1, 2, -1, -0.1, 3, -2, -0.1], 2),
      examples: sets([1, 0, 1, 1, 0, 1, 0, 0]),
    }
    const { score, others } = scoreOutputs(answered, { kind: 'multi-label', thresholds: [0.45, 0.47] })
    expect(score).toBeCloseTo((4 / 5 + 2 / 5) / 2, 12)
    expect(others.map(({ name, value }) => [name, value])).toEqual([
      ['score.microF1', 6 / 10],
      ['score.exact', 0],
    ])
  })
})

describe('the thresholds of labels', () => {
  /** Logits of four examples, of which the first label of the last two and the second of the first is on. */
  const [logits, on] = [
    [-4, -1, -3, -3, -2, -3.5, -1, -4],
    [0, 1, 0, 0, 1, 0, 1, 0],
  ]
  const probabilityOf = (z: number): number => Math.fround(1 / (1 + Math.exp(-z)))
  const chosen = [
    learntThreshold({ probabilities: [-4, -3, -2, -1].map(probabilityOf), on: [0, 0, 1, 1] }),
    learntThreshold({ probabilities: [-1, -3, -3.5, -4].map(probabilityOf), on: [1, 0, 0, 0] }),
  ]

  it('are chosen by the outputs for the examples that were learnt, label by label', async () => {
    const facts = await factsLearnt(part(sets(on), logits))
    expect(facts).toEqual({ kind: 'multi-label', thresholds: chosen })
    expect(chosen.every((threshold) => threshold < 0.3)).toBe(true)
  })

  it('of a trial are those of the part that it was trained on, whatever the validation part asks for', async () => {
    const held = sets([1, 0, 1, 0, 1, 0, 0, 1])
    const { score } = trialScore(held)
    const answered = { outputs: outputs([-1, -4, -2, -4, -1, -4, -4, -1], 2), examples: held }
    expect(await score?.(answered, part(sets(on), logits))).toBe(1)
    // Outputs that are surer of the part learnt bring thresholds that no output of the validation part reaches.
    expect(await score?.(answered, part(sets(on), logits.map((z) => z + 6)))).toBe(0) // prettier-ignore
  })

  it('are a part of the record of a run of sets of labels alone', () => {
    expect(decisionRecord(sets(on))).toEqual({ thresholds: 'by the labelled examples' })
    expect([decisionRecord(numbers([1], undefined)), decisionRecord(examples(undefined, ['a', 'b']))]).toEqual([{}, {}])
  })
})
