import { calibrationError } from '@ptu/trainer'
import { describe, expect, it } from 'vitest'

import { confusedIn, exampleAt, unsureIn } from './examples.ts'
import type { Judged } from './judgement.ts'
import { expectedCalibrationError, reliabilityOf } from './reliability.ts'

/** Six examples of two classes; nothing was predicted for the third. */
const judged: Judged = {
  probabilities: Float32Array.of(0.875, 0.125, 0.8125, 0.1875, NaN, NaN, 0.25, 0.75, 0.5, 0.5, 1, 0),
  labels: Int32Array.of(0, 1, 0, 1, 1, 1),
  classes: 2,
}

describe('reliability', () => {
  it('is the mean confidence and the accuracy of each range, without ranges that are empty', () => {
    expect(reliabilityOf(judged)).toEqual([
      { from: 0.4, to: 0.5, count: 1, confidence: 0.5, accuracy: 0 },
      { from: 0.7, to: 0.8, count: 1, confidence: 0.75, accuracy: 1 },
      { from: 0.8, to: 0.9, count: 2, confidence: (0.875 + 0.8125) / 2, accuracy: 0.5 },
      { from: 0.9, to: 1, count: 1, confidence: 1, accuracy: 0 },
    ])
  })

  it('weighs each range by its examples in the expected calibration error', () => {
    const error = (0.5 + 0.25 + 2 * (0.84375 - 0.5) + 1) / 5
    expect(expectedCalibrationError(reliabilityOf(judged))).toBeCloseTo(error, 12)
    expect(expectedCalibrationError([])).toBe(0)
  })

  it('agrees with the calibration error of logits', () => {
    const count = 60
    const raw = Array.from({ length: 3 * count }, (_, i) => 1 + ((i * 37 + ((i * i) % 11)) % 23))
    const probabilities = Float32Array.from(raw, (value, i) => {
      const start = i - (i % 3)
      return value / ((raw[start] ?? 0) + (raw[start + 1] ?? 0) + (raw[start + 2] ?? 0))
    })
    const labels = Int32Array.from({ length: count }, (_, i) => (i * i) % 3)
    const logits = Float32Array.from(probabilities, Math.log)
    const found = expectedCalibrationError(reliabilityOf({ probabilities, labels, classes: 3 }))
    expect(found).toBeGreaterThan(0.01)
    expect(found).toBeCloseTo(calibrationError(logits, labels, 10), 5)
  })
})

describe('examples that are worth a look', () => {
  const files = ['a.png', 'b.png', 'c.png', 'd.png', 'e.png', 'f.png']
  const train = { classes: ['cat', 'dog'], shape: [1], features: new Uint8Array(6), labels: judged.labels }

  it('are those taken for another class, the least probable label first', () => {
    expect(confusedIn(judged)).toEqual([5, 1, 4])
  })

  it('are those with the smallest confidence, at most 24', () => {
    expect(unsureIn(judged)).toEqual([4, 3, 1, 0, 5])
    const many = { probabilities: new Float32Array(60).fill(0.5), labels: new Int32Array(30), classes: 2 }
    expect(unsureIn(many)).toHaveLength(24)
  })

  it('come with their file, their label, what they are taken for, and both probabilities', () => {
    expect(exampleAt(judged, 1, { files, train })).toEqual({
      ...{ file: 'b.png', given: 'dog', taken: 'cat' },
      ...{ probability: 0.1875, confidence: 0.8125 },
    })
  })
})
