import { atOnce, key } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import golden from '../../fixtures/targets.json' with { type: 'json' }
import type { Judged } from '../train/judgement.ts'
import { paired, scoreOf } from '../train/score.ts'
import { multiLabel } from './multi-label.ts'
import { regress } from './regress.ts'
import { taskKindOf, taskKinds, targetKinds } from './task-kind.ts'
import { bestThreshold } from './thresholds.ts'

const { labels, numbers } = golden

const ofLabels: Judged = {
  ...{ probabilities: Float32Array.from(labels.probabilities), labels: new Int32Array(40), classes: 4 },
  targets: { kind: 'multi-label', values: Float64Array.from(labels.on) },
  names: ['a', 'b', 'c', 'd'],
}
const ofNumbers: Judged = {
  ...{ probabilities: Float32Array.from(numbers.predicted), labels: new Int32Array(30), classes: 1 },
  targets: { kind: 'regress', values: Float64Array.from(numbers.truth) },
}
const withThresholds: Judged = { ...ofLabels, facts: { kind: 'multi-label', thresholds: labels.thresholds } }

const mean = (values: Float64Array): number => values.reduce((sum, x) => sum + x / values.length, 0)

const without = (judged: Judged, places: readonly number[]): Judged => ({
  ...judged,
  probabilities: judged.probabilities.map((p, i) => (places.includes(Math.floor(i / judged.classes)) ? NaN : p)),
})

describe('sets of labels', () => {
  it('have the scores of scikit-learn', () => {
    const { scores, count, labels: each = [] } = multiLabel.judge(withThresholds, key(0))
    expect(count).toBe(40)
    expect(scores['macroF1']).toBeCloseTo(labels.macroF1, 12)
    expect(scores['microF1']).toBeCloseTo(labels.microF1, 12)
    expect(scores['exact']).toBeCloseTo(labels.exact, 12)
    for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) {
      expect(each[i]).toMatchObject({ name })
      expect(each[i]?.precision).toBeCloseTo(labels.precision[i] ?? NaN, 12)
      expect(each[i]?.recall).toBeCloseTo(labels.recall[i] ?? NaN, 12)
      expect(each[i]?.f1).toBeCloseTo(labels.f1[i] ?? NaN, 12)
    }
  })

  it('have an interval around macro F1 that depends on its key alone', () => {
    const { interval } = multiLabel.judge(withThresholds, key(0))
    expect(interval.low).toBeLessThan(labels.macroF1)
    expect(interval.high).toBeGreaterThan(labels.macroF1)
    expect(multiLabel.judge(withThresholds, key(0)).interval).toEqual(interval)
    expect(multiLabel.judge(withThresholds, key(1)).interval).not.toEqual(interval)
  })

  it('are judged fold by fold at thresholds that the other folds chose', () => {
    // In the first fold the label is on from .3, in the second from .8: the thresholds change places.
    const judged: Judged = {
      ...{ probabilities: Float32Array.of(0.2, 0.4, 0.7, 0.9), labels: new Int32Array(4), classes: 1 },
      targets: { kind: 'multi-label', values: Float64Array.of(0, 1, 0, 1) },
      folds: [
        [0, 1],
        [2, 3],
      ],
    }
    // At .8 of the other fold the first fold misses its label; at .3 the second one takes both.
    expect(multiLabel.judge(judged, key(0)).labels?.[0]).toMatchObject({ precision: 0.5, recall: 0.5 })
    expect(multiLabel.facts(judged).thresholds?.[0]).toBeCloseTo(0.3, 6)
    expect(multiLabel.judge({ ...judged, facts: multiLabel.facts(judged) }, key(0)).scores['macroF1']).toBeCloseTo(0.8)
  })

  it('have values whose mean is macro F1, and that tell how it changes without an example', () => {
    const values = multiLabel.values(withThresholds)
    expect(mean(values)).toBeCloseTo(labels.macroF1, 12)
    const macro = scoreOf(withThresholds)
    const jackknife = (i: number): number => macro + 39 * (macro - scoreOf(without(withThresholds, [i])))
    for (const i of [0, 7, 21]) expect(Math.abs(jackknife(i) - (values[i] ?? NaN))).toBeLessThan(0.05)
  })

  it('have outputs by the logistic function', () => {
    const [half = NaN, most = NaN] = multiLabel.outputs(Float32Array.of(0, 3), { width: 2 })
    expect(half).toBe(0.5)
    expect(most).toBeCloseTo(1 / (1 + Math.exp(-3)), 6)
  })

  it('are learnt label by label by a linear probe that judges what each fold held out', () => {
    const features = Float32Array.from({ length: 48 }, (_, i) => (i % 2 === 0 ? Number(i % 8 < 4) : Number(i % 12 < 6)))
    const values = Float64Array.from(features)
    const vectors: Dataset = {
      ...{ shape: [2], features, labels: new Int32Array(24), classes: ['x', 'y'] },
      targets: { kind: 'multi-label', values },
    }
    const folds = [0, 1, 2].map((fold) => Array.from({ length: 8 }, (_, i) => 3 * i + fold))
    const { weights, bias, heldOut } = atOnce(multiLabel.probe({ vectors, folds, key: key(0) }))
    expect([...heldOut].map((p) => Number(p > 0.5))).toEqual([...values])
    expect(weights[0]).toBeGreaterThan(Math.abs(weights[1] ?? NaN))
    expect(weights[3]).toBeGreaterThan(Math.abs(weights[2] ?? NaN))
    expect([bias.length, bias.every((b) => b < 0)]).toEqual([2, true])
  })
})

describe('a threshold', () => {
  it.each([
    ['of the highest F1', [0.1, 0.2, 0.4], [0, 1, 1], 0.15],
    ['between two probabilities, not among equal ones', [0.3, 0.3, 0.9], [1, 0, 1], 0.15],
    ['below all where that is best', [0.2, 0.3], [1, 1], 0.1],
    ['of 0 where the label is on at a probability of 0', [0.4, 0], [1, 1], 0],
    // One taken that is right of two, and all four taken: 2/3 for both.
    ['nearest to a half among equals, the higher', [0.2, 0.6, 0.7, 0.9], [1, 0, 0, 1], 0.8],
    ['nearest to a half among equals, the lower', [0.4, 0.6, 0.85, 0.9], [1, 0, 0, 1], 0.2],
    ['higher of two equals as near to a half', [0.5, 0.5625, 0.625, 0.875], [1, 0, 0, 1], 0.75],
    ['of a half where the label is on nowhere', [0.2, 0.9], [0, 0], 0.5],
  ] as const)('is that %s', (_, probabilities, on, wanted) => {
    expect(bestThreshold({ probabilities, on })).toBeCloseTo(wanted, 12)
  })
})

describe('numbers', () => {
  it('have the scores of scikit-learn', () => {
    const { scores, interval } = regress.judge(ofNumbers, key(0))
    expect(scores['r2']).toBeCloseTo(numbers.r2, 10)
    expect(scores['rmse']).toBeCloseTo(numbers.rmse, 8)
    expect(scores['mae']).toBeCloseTo(numbers.mae, 8)
    expect([interval.low < numbers.r2, interval.high > numbers.r2]).toEqual([true, true])
    expect(mean(regress.values(ofNumbers))).toBeCloseTo(numbers.r2, 10)
  })

  it('are compared with the mean of the training, where the model remembers it', () => {
    const facts = { kind: 'regress' as const, scale: { mean: 0, deviation: 1 } }
    expect(scoreOf({ ...ofNumbers, facts })).toBeGreaterThan(numbers.r2)
  })

  it('are learnt at mean 0 and deviation 1, and given back in their unit', () => {
    const labelled: Dataset = {
      ...{ shape: [1], features: Float32Array.of(1, 2), labels: new Int32Array(2), classes: ['price'] },
      targets: { kind: 'regress', values: Float64Array.of(10, 30) },
    }
    const { targets } = regress.prepared(labelled)
    expect(targets?.scale).toEqual({ mean: 20, deviation: 10 })
    expect([...regress.outputs(Float32Array.of(-1, 2), { width: 1, scale: targets?.scale })]).toEqual([10, 40])
  })

  it('have a margin that holds nine tenths of the held-out differences, and none where there are too few', () => {
    const of = (count: number) =>
      regress.facts({
        ...{
          probabilities: Float32Array.from({ length: count }, (_, i) => i + 1),
          labels: new Int32Array(count),
          classes: 1,
        },
        targets: { kind: 'regress', values: new Float64Array(count) },
      })
    expect(of(19).interval).toEqual({ level: 0.9, margin: 18 })
    expect(of(8).interval).toBeUndefined()
  })
})

describe('kinds of task', () => {
  it('are told by the targets of data', () => {
    expect(taskKindOf({ targets: ofNumbers.targets })).toBe(regress)
    expect(taskKindOf({ targets: ofLabels.targets })).toBe(multiLabel)
    expect(Object.entries(taskKinds).map(([name, kind]) => kind.name === name)).toEqual([true, true, true, true])
    expect(Object.keys(targetKinds)).toEqual(['multi-label', 'regress'])
  })

  it('compare predictions on what both predicted', () => {
    const first = without(ofNumbers, [0, 1])
    const worse = { ...ofNumbers, probabilities: ofNumbers.probabilities.map((y, i) => y + (i % 2 === 0 ? 20 : -20)) }
    const { difference, standardError, count } = paired(first, worse)
    expect(count).toBe(28)
    expect(difference).toBeCloseTo(scoreOf(first) - scoreOf(without(worse, [0, 1])), 10)
    expect(standardError).toBeGreaterThan(0)
  })
})
