import { describe, expect, it } from 'vitest'

import { argmax, confusionOf, judge, meanOf, predictedIn, wilson, type Judged } from './judgement.ts'
import { paired } from './score.ts'

/** Predictions of two or three classes, a row each; `null` where nothing was predicted. */
const judgedOf = (labels: readonly number[], rows: readonly (readonly number[] | null)[], classes = 2): Judged => ({
  labels: Int32Array.from(labels),
  classes,
  probabilities: Float32Array.from(
    rows.flatMap((row) => [...(row ?? Array.from({ length: classes }, () => Number.NaN))]),
  ),
})

const [yes, no] = [
  [0.75, 0.25],
  [0.25, 0.75],
] as const

describe("Wilson's interval", () => {
  it('is that of statsmodels', () => {
    // statsmodels 0.14: proportion_confint(right, count, method='wilson')
    for (const [right, count, low, high] of [
      [0, 10, 0, 0.27753279986288926],
      [8, 10, 0.49016247153664183, 0.9433178485456247],
      [10, 10, 0.7224672001371106, 1],
      [57, 60, 0.8629948352365147, 0.9828504978356043],
    ] as const) {
      expect(wilson(right, count).low).toBeCloseTo(low, 6)
      expect(wilson(right, count).high).toBeCloseTo(high, 6)
    }
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 })
  })
})

describe('a judgement', () => {
  const judged = judgedOf([0, 0, 0, 1, 1], [yes, yes, no, no, null])

  it('counts what was predicted and leaves the rest out', () => {
    expect(predictedIn(judged)).toEqual([0, 1, 2, 3])
    expect(judge(judged)).toMatchObject({ count: 4, accuracy: 0.75, interval: wilson(3, 4) })
  })

  it('means recall over the classes that occur', () => {
    expect(judge(judged).balancedAccuracy).toBeCloseTo((2 / 3 + 1) / 2, 12)
    expect(judge(judgedOf([0, 1], [[1, 0, 0], null], 3)).balancedAccuracy).toBe(1)
  })

  it('means the negative logarithm of the probability of the true class, with a floor', () => {
    expect(judge(judged).logLoss).toBeCloseTo((-3 * Math.log(0.75) - Math.log(0.25)) / 4, 6)
    expect(judge(judgedOf([0], [[0, 1]])).logLoss).toBeCloseTo(-Math.log(1e-7), 6)
  })

  it('of nothing is nothing', () => {
    expect(judge(judgedOf([0], [null]))).toEqual({
      ...{ count: 0, accuracy: 0, interval: { low: 0, high: 1 }, balancedAccuracy: 0, logLoss: 0 },
    })
  })

  it('takes the first of equal probabilities', () => {
    expect(argmax([0.25, 0.375, 0.375])).toBe(1)
  })

  it('has the true classes as rows of its confusion, the taken ones as columns', () => {
    expect(confusionOf(judged)).toEqual([
      [2, 1],
      [0, 1],
    ])
  })
})

describe('two predictions of the same examples', () => {
  const a = judgedOf([0, 0, 0, 0, 0], [yes, yes, yes, yes, null])
  const b = judgedOf([0, 0, 0, 0, 0], [yes, no, no, yes, yes])

  it('differ by the mean over those that both predicted, with its standard error', () => {
    // differences 0, 1, 1, 0: mean 1/2, sample variance 1/3, standard error √(1/12)
    expect(paired(a, b).difference).toBe(0.5)
    expect(paired(a, b).standardError).toBeCloseTo(Math.sqrt(1 / 12), 12)
    expect(paired(b, a).difference).toBe(-0.5)
    expect(paired(a, a)).toEqual({ difference: 0, standardError: 0, count: 4 })
  })

  it('are averaged row by row, where both are there', () => {
    const mean = meanOf(a, b)
    expect(Array.from(mean.probabilities.subarray(0, 8))).toEqual([...yes, 0.5, 0.5, 0.5, 0.5, ...yes])
    expect(predictedIn(mean)).toEqual([0, 1, 2, 3])
  })
})
