import { foldIn, key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { labelsFrom } from './calibration-error.ts'
import { softmaxOf, type Classified } from './classified.ts'
import {
  conformalThreshold,
  coverageOfSets,
  crossConformal,
  cumulative,
  leastAmbiguous,
  splitConformal,
} from './conformal.ts'

const classes = 4

/** Examples of a world whose labels do not follow the classifier: it is too sure and prefers a class. */
const drawn = (seed: number, count: number, member = 0): Classified => {
  const truth = normals(key(seed), count * classes).map((z) => 1.5 * z)
  const labels = labelsFrom(
    foldIn(key(seed), 1),
    Float64Array.from(softmaxOf({ logits: truth, labels: new Int32Array(count), classes }).probabilities),
    classes,
  )
  const noise = normals(foldIn(key(seed), 2 + member), truth.length)
  const logits = truth.map((z, i) => 2 * z + (noise[i] as number) + (i % classes === 0 ? 1 : 0))
  return softmaxOf({ logits, labels, classes })
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length

describe('split conformal sets', () => {
  it.each([
    ['one minus the probability', leastAmbiguous],
    ['the sum down to the class', cumulative],
  ])('hold the class as often as stated, whatever the classifier says, by %s', (_, score) => {
    for (const coverage of [0.8, 0.9]) {
      const found = Array.from({ length: 150 }, (__, seed) => {
        const fresh = drawn(2 * seed + 1, 40)
        const sets = splitConformal(drawn(2 * seed, 59), fresh.probabilities, { coverage, score })
        return coverageOfSets(sets, fresh.labels).coverage
      })
      // On average ⌈60 c⌉ / 60; 6,000 draws of sets from 150 calibrations vary by about .006.
      expect(mean(found)).toBeGreaterThan(coverage - 0.015)
      expect(mean(found)).toBeLessThan(coverage + (score === leastAmbiguous ? 0.025 : 0.05))
    }
  })

  it('hold all classes where there are too few examples for the coverage', () => {
    const sets = splitConformal(drawn(0, 8), drawn(1, 3).probabilities, { coverage: 0.9 })
    expect(sets).toEqual(Array.from({ length: 3 }, () => [0, 1, 2, 3]))
  })

  it('have the threshold of the rank above n + 1 times the coverage', () => {
    const scores = Float64Array.from({ length: 99 }, (_, i) => (i + 1) / 100)
    expect(conformalThreshold(scores, 0.9)).toBe(0.9)
    expect(conformalThreshold(scores, 0.901)).toBe(0.91)
    expect(() => conformalThreshold(scores, 1)).toThrow('expected a coverage between 0 and 1, got 1')
  })

  it('have the largest score where the rank is the last, and no limit from there on', () => {
    const scores = Float64Array.from({ length: 9 }, (_, i) => i / 10)
    expect(conformalThreshold(scores, 0.9)).toBe(0.8)
    expect(conformalThreshold(scores, 0.91)).toBe(Infinity)
    expect(() => conformalThreshold(Float64Array.of(0.1, NaN), 0.5)).toThrow('example 1 has NaN')
  })

  it('have a rank that rounding does not raise', () => {
    // 100 · .55 is 55.00000000000001 in floating point.
    const scores = Float64Array.from({ length: 99 }, (_, i) => (i + 1) / 100)
    expect(conformalThreshold(scores, 0.55)).toBe(0.55)
  })

  it('hold a class that is as unusual as the threshold', () => {
    const held: Classified = {
      ...{
        probabilities: Float64Array.of(0.75, 0.25, 0.5, 0.5, 0.25, 0.75),
        labels: Int32Array.of(0, 0, 1),
        classes: 2,
      },
    }
    // Scores .25, .5 and .25: three quarters of four are the third.
    expect(splitConformal(held, Float64Array.of(0.5, 0.5, 0.4375, 0.5625), { coverage: 0.75 })).toEqual([[0, 1], [1]])
  })

  it('refuse new examples whose rows are no distributions', () => {
    const held = drawn(1, 30)
    expect(() => splitConformal(held, new Float64Array(6))).toThrow('expected rows of 4 probabilities, got 6 numbers')
    for (const odd of [NaN, Infinity])
      expect(() => splitConformal(held, Float64Array.of(1, 0, 0, 0, 0, odd, 0, 1))).toThrow(
        `expected finite probabilities of the new examples, example 1 has ${String(odd)}`,
      )
    const logits = Float64Array.of(1, 0, 0, 0, 2, -1, 0.5, 0)
    expect(() => splitConformal(held, logits)).toThrow(
      'expected probabilities that add up to 1, those of example 1 add up to 1.5000',
    )
    expect(() => crossConformal([{ held, probabilities: logits }])).toThrow('those of example 1 add up to 1.5000')
  })

  it('are by the classes down to the label, equal ones in their order', () => {
    const row = Float64Array.of(0.25, 0.25, 0.5)
    expect([0, 1, 2].map((label) => cumulative(row, label))).toEqual([0.75, 1, 0.5])
  })
})

describe('cross-conformal sets', () => {
  it('hold the class as often as stated where each fold has a classifier of its own', () => {
    const found = Array.from({ length: 120 }, (_, seed) => {
      const fresh = [0, 1, 2].map((member) => drawn(5000 + seed, 40, member))
      const sets = crossConformal(
        fresh.map(({ probabilities }, member) => ({ held: drawn(10 * seed + member, 20, member), probabilities })),
        { coverage: 0.9 },
      )
      return coverageOfSets(sets, (fresh[0] as Classified).labels).coverage
    })
    expect(mean(found)).toBeGreaterThan(0.88)
    expect(mean(found)).toBeLessThan(0.94)
  })

  it('are those of split conformal prediction where there is one fold', () => {
    for (const score of [leastAmbiguous, cumulative])
      for (const count of [18, 19, 30, 57]) {
        const [held, { probabilities }] = [drawn(1, count), drawn(2, 50)]
        expect(crossConformal([{ held, probabilities }], { score })).toEqual(
          splitConformal(held, probabilities, { score }),
        )
      }
  })

  it('count examples that are as unusual as a class', () => {
    const held: Classified = {
      ...{
        probabilities: Float64Array.of(0.75, 0.25, 0.5, 0.5, 0.25, 0.75),
        labels: Int32Array.of(0, 0, 1),
        classes: 2,
      },
    }
    // Scores .25, .5 and .25: a class of score .5 has (1 + 1) / 4, one of .5625 a quarter, which is not above.
    const probabilities = Float64Array.of(0.5, 0.5, 0.4375, 0.5625)
    expect(crossConformal([{ held, probabilities }], { coverage: 0.75 })).toEqual([[0, 1], [1]])
  })

  it('need folds of the same classes and new examples', () => {
    const fold = { held: drawn(1, 9), probabilities: drawn(2, 3).probabilities }
    expect(() => crossConformal([])).toThrow('expected folds of held-out examples, got none')
    expect(() => crossConformal([fold, { ...fold, probabilities: drawn(2, 4).probabilities }])).toThrow(
      'expected folds of 4 classes and 12 probabilities, one has 4 and 16',
    )
    const held: Classified = { probabilities: Float64Array.of(1, 0, 0), labels: Int32Array.of(0), classes: 3 }
    expect(() => crossConformal([fold, { ...fold, held }])).toThrow('one has 3 and 12')
    const probabilities = fold.probabilities.map((p, i) => (i === 5 ? NaN : p))
    expect(() => crossConformal([fold, { ...fold, probabilities }])).toThrow('example 1 has NaN')
    expect(() => crossConformal([fold], { coverage: 1 })).toThrow('expected a coverage between 0 and 1, got 1')
  })
})

describe('the coverage of sets', () => {
  it('is the part that holds the label', () => {
    expect(coverageOfSets([[0], [1, 2], []], [0, 0, 1])).toEqual({ coverage: 1 / 3, size: 1 })
    expect(() => coverageOfSets([], [])).toThrow('got 0 and 0')
    expect(() => coverageOfSets([[0]], [0, 1])).toThrow('got 2 and 1')
  })
})
