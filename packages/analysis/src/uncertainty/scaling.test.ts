import { foldIn, key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { labelsFrom } from './calibration-error.ts'
import { softmaxOf, type Scored } from './classified.ts'
import { atTemperature, fitTemperature, fitVectorScaling, scaledBy } from './scaling.ts'
import { negativeLogLikelihood } from './scores.ts'

const drawn = (seed: number, count: number, classes = 3): Scored => {
  const logits = normals(key(seed), count * classes).map((z) => 2 * z)
  const { probabilities } = softmaxOf({ logits, labels: new Int32Array(count), classes })
  return { logits, labels: labelsFrom(foldIn(key(seed), 1), Float64Array.from(probabilities), classes), classes }
}

const lossOf = (scored: Scored): number => negativeLogLikelihood(softmaxOf(scored))

describe('a temperature', () => {
  it('finds by what logits were multiplied', () => {
    const right = drawn(0, 20_000)
    for (const factor of [0.5, 1, 3])
      expect(fitTemperature(atTemperature(right, 1 / factor)) / factor).toBeCloseTo(fitTemperature(right), 6)
    expect(fitTemperature(right)).toBeCloseTo(1, 1)
  })

  it('is held at its ends where examples are all right, or wrong more often than by chance', () => {
    const allRight = { logits: Float32Array.of(5, 0, 0, 5), labels: Int32Array.of(0, 1), classes: 2 }
    expect(fitTemperature(allRight)).toBeGreaterThanOrEqual(0.01)
    expect(fitTemperature(allRight)).toBeLessThan(0.5)
    expect(fitTemperature({ ...allRight, labels: Int32Array.of(1, 0) })).toBe(100)
  })

  it('needs labels of two classes and finite logits', () => {
    const one = { logits: Float32Array.of(1, 0, 1, 0), labels: Int32Array.of(0, 0), classes: 2 }
    for (const fitted of [fitTemperature, fitVectorScaling]) {
      expect(() => fitted(one)).toThrow('expected labels of two classes or more, all are of one')
      expect(() => fitted({ ...one, logits: Float32Array.of(1, 0, Infinity, 0) })).toThrow('example 1 has Infinity')
    }
    expect(() => atTemperature(one, 0)).toThrow('expected a positive temperature, got 0')
  })
})

describe('vector scaling', () => {
  it('undoes factors and offsets of single classes', () => {
    const right = drawn(1, 30_000)
    const bent = scaledBy(right, { weights: Float64Array.of(2, 0.5, 1), bias: Float64Array.of(1, -1, 0) })
    const mended = scaledBy(bent, fitVectorScaling(bent))
    expect(lossOf(bent) - lossOf(right)).toBeGreaterThan(0.05)
    expect(Math.abs(lossOf(mended) - lossOf(right))).toBeLessThan(1e-3)
    const [a = NaN, b = NaN, c = NaN] = fitVectorScaling(bent).weights
    expect([2 * a, 0.5 * b, c].every((w) => Math.abs(w - 1) < 0.1)).toBe(true)
  })

  it('is no worse than a temperature on the examples that it is fitted to', () => {
    const scored = atTemperature(drawn(2, 400), 0.4)
    const cooled = atTemperature(scored, fitTemperature(scored))
    expect(lossOf(scaledBy(scored, fitVectorScaling(scored)))).toBeLessThanOrEqual(lossOf(cooled) + 1e-9)
  })

  it('is refused for another number of classes', () => {
    expect(() => scaledBy(drawn(3, 5), { weights: Float64Array.of(1), bias: Float64Array.of(0) })).toThrow(
      'expected a scaling of 3 classes, got one of 1',
    )
  })
})
