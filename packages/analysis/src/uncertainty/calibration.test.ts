import { foldIn, key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { equalMass, equalWidth, placesIn } from './binning.ts'
import { calibrationInterval, expectedCalibrationError, labelsFrom } from './calibration-error.ts'
import { softmaxOf, type Classified } from './classified.ts'
import { reliability } from './reliability.ts'
import { atTemperature } from './scaling.ts'
import { brierScore, negativeLogLikelihood } from './scores.ts'

const classes = 5

/** Logits whose softmax is right: labels are drawn from it. */
const calibrated = (seed: number, count: number) => {
  const logits = normals(key(seed), count * classes).map((z) => 2 * z)
  const right = softmaxOf({ logits, labels: new Int32Array(count), classes })
  return { logits, labels: labelsFrom(foldIn(key(seed), 1), Float64Array.from(right.probabilities), classes), classes }
}

describe('the expected calibration error', () => {
  it('goes to 0 with the number of examples where every probability is right', () => {
    const [few, many] = [200, 20_000].map((count) => expectedCalibrationError(softmaxOf(calibrated(1, count)))) as [
      number,
      number,
    ]
    expect(many).toBeLessThan(0.02)
    expect(few).toBeGreaterThan(many)
  })

  it('is within what chance allows in 95 of 100 calibrated sets, and its interval holds 0 there', () => {
    const held = Array.from({ length: 100 }, (_, seed) =>
      calibrationInterval(key(seed), softmaxOf(calibrated(100 + seed, 300)), { resamples: 200 }),
    ).filter(({ error, low, chance }) => error <= chance && low === 0)
    expect(held.length).toBeGreaterThanOrEqual(93)
  })

  it('has an interval around the error of very many examples where probabilities are too sure', () => {
    const tooSure = (seed: number, count: number): Classified => softmaxOf(atTemperature(calibrated(seed, count), 0.4))
    const truth = expectedCalibrationError(tooSure(7, 200_000))
    expect(truth).toBeGreaterThan(0.1)
    const held = Array.from({ length: 60 }, (_, seed) =>
      calibrationInterval(key(seed), tooSure(1000 + seed, 300), { resamples: 200 }),
    ).filter(({ low, high }) => low <= truth && truth <= high)
    expect(held.length).toBeGreaterThanOrEqual(53)
  })

  it('has an interval whose middle is below it, as chance makes it too large', () => {
    for (const seed of [1, 2, 3, 4]) {
      const { error, low, high } = calibrationInterval(key(0), softmaxOf(atTemperature(calibrated(seed, 300), 0.5)))
      expect(low).toBeGreaterThan(0)
      expect((low + high) / 2).toBeLessThan(error - 0.002)
    }
  })

  it('is narrower known by more examples, and deterministic in its key', () => {
    const width = (count: number): number => {
      const { low, high } = calibrationInterval(key(3), softmaxOf(atTemperature(calibrated(5, count), 0.4)))
      return high - low
    }
    expect(width(4000)).toBeLessThan(width(200) / 2)
    expect(width(200)).toBe(width(200))
  })

  it('agrees with the ranges that are shown', () => {
    const classified = softmaxOf(atTemperature(calibrated(2, 500), 0.5))
    for (const binning of [equalWidth(10), equalMass(10)]) {
      const sum = reliability(classified, { binning }).reduce(
        (total, { count, accuracy, confidence }) => total + (count / 500) * Math.abs(accuracy - confidence),
        0,
      )
      expect(expectedCalibrationError(classified, { binning })).toBeCloseTo(sum, 12)
    }
  })
})

describe('ranges of probability', () => {
  it('hold their upper edge, and the first its lower one too', () => {
    const edges = equalWidth(4)(new Float64Array(0))
    expect([...placesIn(edges, Float64Array.of(0, 0.25, 0.250001, 0.5, 1))]).toEqual([0, 0, 1, 1, 3])
  })

  it('hold equally many examples, those that are equal together', () => {
    const bins = reliability(softmaxOf(calibrated(3, 1000)), { binning: equalMass(10) })
    expect(bins.map(({ count }) => count)).toEqual(Array.from({ length: 10 }, () => 100))
    const same = { probabilities: Float64Array.of(0.7, 0.3, 0.7, 0.3), labels: Int32Array.of(0, 1), classes: 2 }
    expect(reliability(same, { binning: equalMass(5) }).map(({ count }) => count)).toEqual([2])
  })

  it('are at least one', () => {
    expect(() => equalWidth(0)).toThrow('expected a whole number from 1 as bins, got 0')
    expect(() => equalMass(2.5)).toThrow('got 2.5')
  })
})

describe('bad input', () => {
  const good: Classified = { probabilities: Float64Array.of(0.5, 0.5), labels: Int32Array.of(0), classes: 2 }
  it.each([
    ['numbers that are NaN', { ...good, probabilities: Float64Array.of(NaN, 0.5) }, 'example 0 has NaN'],
    ['rows that do not add up to 1', { ...good, probabilities: Float64Array.of(2, 3) }, 'add up to 5.0000'],
    ['a probability below 0', { ...good, probabilities: Float64Array.of(1.5, -0.5) }, 'add up to 1.0000'],
    ['a label without a class', { ...good, labels: Int32Array.of(2) }, 'expected labels from 0 to 1, example 0 has 2'],
    ['no examples', { ...good, probabilities: new Float64Array(0), labels: new Int32Array(0) }, 'at least 1 label'],
    ['one class', { ...good, probabilities: Float64Array.of(1), classes: 1 }, 'expected at least 2 classes, got 1'],
    ['other lengths', { ...good, probabilities: Float64Array.of(0.2, 0.3, 0.5) }, 'got 3 numbers and 1 labels'],
  ])('%s: each function says what it expected', (_, classified, message) => {
    for (const measure of [expectedCalibrationError, reliability, brierScore, negativeLogLikelihood])
      expect(() => measure(classified)).toThrow(message)
    expect(() => calibrationInterval(key(0), classified)).toThrow(message)
  })

  it('one example is judged', () => {
    expect(expectedCalibrationError(good)).toBe(0.5)
    expect(calibrationInterval(key(0), good)).toMatchObject({ error: 0.5, low: 0 })
  })
})
