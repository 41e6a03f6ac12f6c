import { describe, expect, it } from 'vitest'

import { areaUnderRoc } from './area-under-roc.ts'
import { energyScores, mahalanobisScores, maxSoftmaxScores, neighbourScores } from './out-of-distribution.ts'
import { effectiveRobustness, meanCorruptionError, robustnessLine } from './robustness.ts'

describe('the mean corruption error', () => {
  it('sums over severities before it divides, then averages over shifts', () => {
    const reference = [
      { name: 'blur', errors: [0.2, 0.6] },
      { name: 'noise', errors: [0.5, 0.5] },
    ]
    const own = [
      { name: 'noise', errors: [0.5, 1] },
      { name: 'blur', errors: [0.2, 0.2] },
    ]
    expect(meanCorruptionError(own, reference)).toBeCloseTo((1.5 + 0.5) / 2, 12)
    expect(meanCorruptionError(reference, reference)).toBe(1)
  })

  it('needs the same shifts and severities, and a reference that errs', () => {
    const one = [{ name: 'blur', errors: [0.5] }]
    expect(() => meanCorruptionError(one, [])).toThrow('got 1 and 0')
    expect(() => meanCorruptionError(one, [{ name: 'noise', errors: [0.5] }])).toThrow('blur: expected 1 errors')
    expect(() => meanCorruptionError(one, [{ name: 'blur', errors: [0] }])).toThrow('it makes none')
    expect(() => meanCorruptionError([{ name: 'blur', errors: [NaN] }], one)).toThrow('expected errors from 0 to 1')
  })
})

describe('effective robustness', () => {
  it('takes an accuracy of 0 or 1 for one that is a thousandth away', () => {
    const line = robustnessLine([
      { inside: 0.5, outside: 1 },
      { inside: 1 / (1 + Math.exp(-1)), outside: 0 },
    ])
    expect(line.intercept).toBeCloseTo(Math.log(999), 10)
    expect(line.slope).toBeCloseTo(-2 * Math.log(999), 10)
  })

  it('is 0 on the line, and the distance from it elsewhere', () => {
    const logistic = (z: number): number => 1 / (1 + Math.exp(-z))
    const networks = [-1, 0, 2].map((z) => ({ inside: logistic(z), outside: logistic(0.8 * z - 0.5) }))
    const line = robustnessLine(networks)
    expect(line.slope).toBeCloseTo(0.8, 10)
    expect(line.intercept).toBeCloseTo(-0.5, 10)
    for (const network of networks) expect(effectiveRobustness(network, line)).toBeCloseTo(0, 10)
    expect(effectiveRobustness({ inside: 0.5, outside: 0.5 }, line)).toBeCloseTo(0.5 - logistic(-0.5), 10)
  })

  it('needs two networks of different accuracies', () => {
    const one = { inside: 0.5, outside: 0.4 }
    expect(() => robustnessLine([one])).toThrow('at least two networks')
    expect(() => robustnessLine([one, one])).toThrow('of different accuracies')
    expect(() => robustnessLine([one, { inside: NaN, outside: 1 }])).toThrow('got NaN')
  })
})

describe('scores of strangeness', () => {
  const rows = { values: Float64Array.of(1, 0, 0, 1, 1, 1), size: 2 }

  it('are larger for rows that are farther from what is known', () => {
    const known = {
      values: Float64Array.of(0, 0, 0.1, 0, 3, 3, 3, 3.1),
      size: 2,
      labels: Int32Array.of(0, 0, 1, 1),
      classes: 2,
    }
    const asked = { values: Float64Array.of(0, 0.1, 9, -9), size: 2 }
    const [near = NaN, far = NaN] = mahalanobisScores(known, asked)
    expect(far).toBeGreaterThan(10 * near)
    const [close = NaN, apart = NaN] = neighbourScores(known, { values: Float64Array.of(3, 3, -3, 3), size: 2 })
    expect(close).toBeCloseTo(0, 12)
    expect(apart).toBeCloseTo(1, 12)
  })

  it('stay finite for logits that no exponential holds', () => {
    const large = { values: Float64Array.of(5000, 0, -5000, -4000), size: 2 }
    expect([...maxSoftmaxScores(large), ...energyScores(large)]).toEqual([0, 0, -5000, 4000])
  })

  it('pass over classes without examples', () => {
    const known = { ...rows, labels: Int32Array.of(0, 0, 2), classes: 3 }
    expect(mahalanobisScores(known, rows).every((score) => Number.isFinite(score))).toBe(true)
  })

  it('say what is wrong', () => {
    const known = { ...rows, labels: Int32Array.of(0, 1, 1), classes: 2 }
    expect(() => energyScores(rows, 0)).toThrow('positive temperature')
    expect(() => maxSoftmaxScores({ values: Float64Array.of(NaN, 1), size: 2 })).toThrow('row 0 has NaN')
    expect(() => neighbourScores(rows, rows, 4)).toThrow('expected a neighbour from 1 to 3, got 4')
    expect(() => neighbourScores(rows, { ...rows, size: 3 })).toThrow('expected rows of 2 numbers, got 3')
    expect(() => mahalanobisScores({ ...known, labels: Int32Array.of(0) }, rows)).toThrow('1 labelled rows')
    expect(() => mahalanobisScores({ ...rows, labels: Int32Array.of(0, 1, 2), classes: 3 }, rows)).toThrow(
      'too few directions',
    )
    expect(() => areaUnderRoc(Float64Array.of(NaN), Float64Array.of(1))).toThrow('one is NaN')
    expect(() => areaUnderRoc(Float64Array.of(), Float64Array.of(1))).toThrow('got 0 and 1')
  })

  it('are in the right order .5 of the time by chance, and always where they are apart', () => {
    expect(areaUnderRoc(Float64Array.of(1, 2), Float64Array.of(3))).toBe(1)
    expect(areaUnderRoc(Float64Array.of(1, 1), Float64Array.of(1))).toBe(0.5)
  })
})
