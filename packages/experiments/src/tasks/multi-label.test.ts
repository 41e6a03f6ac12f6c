import { atOnce, key } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import type { Judged } from '../train/judgement.ts'
import { multiLabel } from './multi-label.ts'

const judgedOf = (rows: readonly (readonly number[])[], on: readonly (readonly number[])[]): Judged => ({
  ...{ probabilities: Float32Array.from(rows.flat()), labels: new Int32Array(rows.length), classes: 2 },
  targets: { kind: 'multi-label', values: Float64Array.from(on.flat()) },
})

/** Six examples of two labels. */
const six = judgedOf(
  [
    [0.9, 0.2],
    [0.8, 0.7],
    [0.3, 0.6],
    [0.6, 0.1],
    [0.2, 0.4],
    [0.7, 0.9],
  ],
  [
    [1, 0],
    [1, 1],
    [1, 0],
    [0, 0],
    [0, 1],
    [1, 1],
  ],
)

/** The same with an example of which nothing was predicted in front. */
const withUnknown: Judged = {
  ...judgedOf([[NaN, NaN]], [[1, 1]]),
  probabilities: Float32Array.of(NaN, NaN, ...six.probabilities),
  labels: new Int32Array(7),
  targets: { kind: 'multi-label', values: Float64Array.of(1, 1, ...(six.targets?.values ?? [])) },
}

describe('the judgement of sets of labels', () => {
  it('counts by hand', () => {
    // Label 0 is taken in examples 0, 1, 3, 5 and right in three; label 1 in 1, 2, 5 and right in two.
    const { scores, labels } = multiLabel.judge(six, key(0))
    expect(labels).toEqual([
      { name: '0', count: 4, precision: 3 / 4, recall: 3 / 4, f1: 3 / 4 },
      { name: '1', count: 3, precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 },
    ])
    expect(scores).toEqual({ macroF1: (3 / 4 + 2 / 3) / 2, microF1: 5 / 7, exact: 3 / 6 })
    expect(multiLabel.score(six)).toBe((3 / 4 + 2 / 3) / 2)
    expect(multiLabel.scores.map(({ name }) => name)).toEqual(Object.keys(scores))
  })

  it('takes a label as on from its threshold on', () => {
    const judged = judgedOf([[0.5, 0.25]], [[1, 1]])
    const of = (...thresholds: number[]): unknown =>
      multiLabel.judge({ ...judged, facts: { kind: 'multi-label', thresholds } }, key(0)).scores['macroF1']
    expect([of(0.5, 0.25), of(0.51, 0.25), of(0.5, 0.26)]).toEqual([1, 0.5, 0.5])
    expect(multiLabel.judge(judged, key(0)).scores['macroF1']).toBe(0.5)
  })

  it('counts a label where it is given, not where it is taken', () => {
    const { labels } = multiLabel.judge(judgedOf([[0.2, 0.9]], [[1, 0]]), key(0))
    expect(labels).toMatchObject([{ count: 1 }, { count: 0 }])
  })

  it('gives 0 to a label that is neither given nor taken, as scikit-learn does', () => {
    const { labels, scores } = multiLabel.judge(judgedOf([[0.9, 0.1]], [[1, 0]]), key(0))
    expect(labels?.[1]).toEqual({ name: '1', count: 0, precision: 0, recall: 0, f1: 0 })
    expect(scores).toEqual({ macroF1: 0.5, microF1: 1, exact: 1 })
  })

  it('is of what was predicted alone', () => {
    expect(multiLabel.judge(withUnknown, key(3))).toEqual(multiLabel.judge(six, key(3)))
    const [unknown, ...known] = multiLabel.values(withUnknown)
    expect(unknown).toBeNaN()
    expect(known).toEqual([...multiLabel.values(six)])
    expect(multiLabel.facts(withUnknown)).toEqual(multiLabel.facts(six))
  })

  it('has scores of 0 where nothing was predicted', () => {
    const { count, scores } = multiLabel.judge(judgedOf([[NaN, NaN]], [[1, 0]]), key(0))
    expect([count, scores]).toEqual([0, { macroF1: 0, microF1: 0, exact: 0 }])
  })

  it('has values that a label which is nowhere does not change', () => {
    const judged = judgedOf(
      [
        [0.9, 0.1],
        [0.8, 0.1],
      ],
      [
        [1, 0],
        [0, 0],
      ],
    )
    // F = (2/3 + 0) / 2; the first example adds (2 · (2 - 2/3 · 2) / 3) / 2, the second (2 · (0 - 2/3) / 3) / 2.
    const [first = NaN, second = NaN] = multiLabel.values(judged)
    expect(first).toBeCloseTo(1 / 3 + 2 / 9, 12)
    expect(second).toBeCloseTo(1 / 3 - 2 / 9, 12)
  })
})

describe('a data set of labels', () => {
  it('counts the examples with each label on', () => {
    const values = Float64Array.of(1, 0, 0, 1, 1, 0)
    const dataset: Dataset = {
      ...{ shape: [1], features: new Float32Array(2), labels: new Int32Array(2), classes: ['a', 'b', 'c'] },
      targets: { kind: 'multi-label', values },
    }
    expect(multiLabel.counts(dataset)).toEqual([2, 1, 0])
  })

  it('has a probe whose weights are a row for each feature and a column for each label', () => {
    // Of three features the first tells label 0 and the second label 1.
    const bits = Array.from({ length: 24 }, (_, i) => [i % 2, Math.floor(i / 2) % 2, Math.floor(i / 4) % 2] as const)
    const vectors: Dataset = {
      ...{ shape: [3], features: Float32Array.from(bits.flat()), labels: new Int32Array(24), classes: ['x', 'y'] },
      targets: { kind: 'multi-label', values: Float64Array.from(bits.flatMap(([first, second]) => [first, second])) },
    }
    const folds = [0, 1, 2].map((fold) => Array.from({ length: 8 }, (_, i) => 8 * fold + i))
    const { weights } = atOnce(multiLabel.probe({ vectors, folds, key: key(0) }))
    expect([...weights].map((weight) => weight > 1)).toEqual([true, false, false, true, false, false])
  })

  it('has a probe that is wrong of a label that is on in one fold alone', () => {
    const values = Float64Array.of(1, 1, 0, 0, 0, 0, 0, 0)
    const vectors: Dataset = {
      ...{ shape: [1], features: Float32Array.from(values), labels: new Int32Array(8), classes: ['rare'] },
      targets: { kind: 'multi-label', values },
    }
    const folds = [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]
    const { heldOut } = atOnce(multiLabel.probe({ vectors, folds, key: key(0) }))
    expect([...heldOut.subarray(0, 2)]).toEqual([0, 0])
    expect(heldOut.subarray(4).every((p) => p < 0.5)).toBe(true)
  })
})
