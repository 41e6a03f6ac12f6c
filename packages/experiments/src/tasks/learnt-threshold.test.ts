import { key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { learntThreshold } from './learnt-threshold.ts'
import { bestThreshold } from './thresholds.ts'

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z))

/** The threshold as a logit, for logits of examples without the label and of those with it. */
const at = (without: readonly number[], having: readonly number[]): number => {
  const probabilities = [...without, ...having].map(sigmoid)
  const threshold = learntThreshold({ probabilities, on: [...without.map(() => 0), ...having.map(() => 1)] })
  return Math.log(threshold / (1 - threshold))
}

describe('the threshold of a label by the examples that were learnt', () => {
  it('is that of a third of the F1 that another fit of the same loss promises', () => {
    // A grid search: a and b of least cross-entropy to 3/4 for two examples with the label, 1/5 for three without.
    const [without, having] = [
      [-3, -2, -1],
      [-1.5, 1],
    ]
    const loss = (a: number, b: number): number => {
      const of = (z: number, target: number): number =>
        -target * Math.log(sigmoid(a * z + b)) - (1 - target) * Math.log(1 - sigmoid(a * z + b))
      return without.reduce((sum, z) => sum + of(z, 1 / 5), 0) + having.reduce((sum, z) => sum + of(z, 3 / 4), 0)
    }
    let [a, b, size] = [0, 0, 1]
    while (size > 1e-9) {
      const steps = [-1, 0, 1].flatMap((i) => [-1, 0, 1].map((j) => [a + i * size, b + j * size] as const))
      const [best = [a, b] as const] = steps.toSorted((p, q) => loss(...p) - loss(...q))
      if (best[0] === a && best[1] === b) size /= 2
      else [a, b] = best
    }
    const p = [...having, ...without].toSorted((x, y) => y - x).map((z) => sigmoid(a * z + b))
    const sum = (count: number): number => p.slice(0, count).reduce((all, x) => all + x, 0)
    const from = Math.max(...[1, 2, 3, 4, 5].map((count) => (2 * sum(count)) / (count + sum(5)))) / 3
    expect(from).toBeGreaterThan(0.2)
    expect(at(without, having)).toBeCloseTo((Math.log(from / (1 - from)) - b) / a, 4)
  })

  it('moves with outputs that are all lower, and stretches with those that are surer', () => {
    const [without, having] = [
      [-3, -2.5, -2, -1.5],
      [0, 1],
    ]
    const own = at(without, having)
    expect(own).toBeGreaterThan(-2)
    expect(own).toBeLessThan(0)
    const of = (change: (z: number) => number): number => at(without.map(change), having.map(change))
    expect(of((z) => z - 5)).toBeCloseTo(own - 5, 4)
    expect(of((z) => 3 * z)).toBeCloseTo(3 * own, 4)
  })

  it('is that of the highest F1 where nothing tells, or where the label goes against the probability', () => {
    for (const [probabilities, on] of [
      [
        [0.1, 0.2, 0.3],
        [0, 0, 0],
      ],
      [
        [0.1, 0.2, 0.3],
        [1, 1, 1],
      ],
      [
        [0.2, 0.2, 0.2],
        [1, 0, 1],
      ],
      [
        [0.1, 0.2, 0.7, 0.8, 0.9],
        [1, 1, 0, 0, 1],
      ],
    ] as const)
      expect(learntThreshold({ probabilities, on })).toBe(bestThreshold({ probabilities, on }))
  })

  it('is a probability between outputs that are as sure as can be', () => {
    const threshold = learntThreshold({ probabilities: [0, 0, 0, 1, 1], on: [0, 0, 0, 1, 1] })
    expect(threshold).toBeGreaterThan(1e-6)
    expect(threshold).toBeLessThan(0.5)
  })

  it('has a higher F1 on new examples than a half where probabilities of a rare label are low', () => {
    const draws = normals(key(5), 400)
    const logits = draws.map((z, i) => -4 + 1.5 * z + (i % 10 === 0 ? 3 : 0))
    const f1 = (threshold: number): number => {
      let [right, taken] = [0, 0]
      for (let i = 200; i < 400; i++) {
        const isTaken = sigmoid(logits[i] as number) >= threshold
        taken += Number(isTaken)
        right += Number(isTaken && i % 10 === 0)
      }
      return (2 * right) / (taken + 20)
    }
    const learnt = Array.from(logits.subarray(0, 200))
    const threshold = learntThreshold({ probabilities: learnt.map(sigmoid), on: learnt.map((_, i) => Number(i % 10 === 0)) }) // prettier-ignore
    expect(f1(threshold)).toBeGreaterThan(f1(0.5) + 0.1)
  })
})
