import { atOnce, key } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import type { Judged } from '../train/judgement.ts'
import { regress } from './regress.ts'

const judgedOf = (predicted: readonly number[], truth: readonly number[]): Judged => ({
  ...{ probabilities: Float32Array.from(predicted), labels: new Int32Array(truth.length), classes: 1 },
  targets: { kind: 'regress', values: Float64Array.from(truth) },
})

describe('the judgement of numbers', () => {
  it('counts by hand', () => {
    // Squares 1, 1, 4 of 2, 0, 2 around the mean 3.
    const { count, scores } = regress.judge(judgedOf([1, 4, 6], [2, 3, 4]), key(0))
    expect(count).toBe(3)
    expect(scores).toEqual({ r2: 1 - 6 / 2, rmse: Math.sqrt(2), mae: 4 / 3 })
    expect(regress.scores.map(({ name }) => name)).toEqual(Object.keys(scores))
  })

  it('gives 0 where all numbers are the mean', () => {
    const constant = judgedOf([1, 2], [3, 3])
    expect(regress.judge(constant, key(0)).scores['r2']).toBe(0)
    expect(regress.judge(constant, key(0)).interval).toEqual({ low: 0, high: 0 })
    expect(regress.score(constant)).toBe(0)
    expect([...regress.values(constant)]).toEqual([0, 0])
  })

  it('is of what was predicted alone', () => {
    const some = judgedOf([1, NaN, 3, 5], [2, 100, 3, 4])
    const known = judgedOf([1, 3, 5], [2, 3, 4])
    expect(regress.judge(some, key(2))).toEqual(regress.judge(known, key(2)))
    const [first, unknown, ...rest] = regress.values(some)
    expect(unknown).toBeNaN()
    expect([first, ...rest]).toEqual([...regress.values(known)])
  })

  it('has an interval by draws of whole examples', () => {
    // One example of ten is far off: R² lies between that of draws without it and of draws with several.
    const truth = Array.from({ length: 10 }, (_, i) => i)
    const { low, high } = regress.judge(judgedOf([5, ...truth.slice(1)], truth), key(0)).interval
    expect(high).toBe(1)
    expect(low).toBeLessThan(1 - 25 / 82.5)
    // Predictions that are all off by one: what differs among draws is the distance of the truth from its mean.
    const off = regress.judge(judgedOf(truth.map((y) => y + 1), truth), key(0)).interval // prettier-ignore
    expect(off.low).toBeLessThan(off.high)
  })
})

describe('the facts of a model of numbers', () => {
  it('have the scale of the truth', () => {
    expect(regress.facts(judgedOf([1, 2], [10, 30])).scale).toEqual({ mean: 20, deviation: 10 })
  })

  it('have a margin from nine held-out numbers on', () => {
    const of = (count: number) =>
      regress.facts(judgedOf(new Array<number>(count).fill(2), new Array<number>(count).fill(0)))
    expect(of(8).interval).toBeUndefined()
    expect(of(9).interval).toEqual({ level: 0.9, margin: 2 })
  })
})

describe('the probe of numbers', () => {
  const x = Array.from({ length: 24 }, (_, i) => Math.sin(i))
  const truth = x.map((value) => 100 + 20 * value)
  const vectors: Dataset = {
    ...{ shape: [1], features: Float32Array.from(x), labels: new Int32Array(24), classes: ['price'] },
    targets: { kind: 'regress', values: Float64Array.from(truth) },
  }
  const folds = [0, 1, 2].map((fold) => Array.from({ length: 8 }, (_, i) => 3 * i + fold))

  it('predicts what was held out in the unit of the numbers, and gives weights at the scale of learning', () => {
    const { weights, bias, heldOut } = atOnce(regress.probe({ vectors, folds, key: key(0) }))
    heldOut.forEach((y, i) => {
      expect(Math.abs(y - (truth[i] as number))).toBeLessThan(1)
    })
    const logits = Float32Array.from(x, (value) => value * (weights[0] as number) + (bias[0] as number))
    const { scale } = regress.prepared(vectors).targets ?? {}
    const predicted = regress.outputs(logits, { width: 1, scale })
    predicted.forEach((y, i) => {
      expect(Math.abs(y - (truth[i] as number))).toBeLessThan(1)
    })
  })
})

describe('a task of numbers', () => {
  it('trains as long as ten classes with as many examples in all', () => {
    expect(regress.labelsEach([100])).toBe(10)
    expect(regress.labelsEach([])).toBe(0)
  })

  it('gives logits as they are where no scale is known', () => {
    expect([...regress.outputs(Float32Array.of(-1, 2), { width: 1 })]).toEqual([-1, 2])
  })
})
