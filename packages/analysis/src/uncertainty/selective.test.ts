import { describe, expect, it } from 'vitest'

import type { Classified } from './classified.ts'
import { areaUnderRiskCoverage, selectiveCurve, selectiveThreshold } from './selective.ts'

/** Examples of two classes that are this sure of the first, and right where told. */
const sureAs = (confidences: readonly number[], right: readonly boolean[]): Classified => ({
  probabilities: Float64Array.from(confidences.flatMap((p) => [p, 1 - p])),
  labels: Int32Array.from(right, (is) => (is ? 0 : 1)),
  classes: 2,
})

describe('selective accuracy', () => {
  it('is of the examples that are at least as sure, those equally sure together', () => {
    expect(selectiveCurve(sureAs([0.6, 0.9, 0.7, 0.7], [false, true, true, false]))).toEqual([
      { threshold: 0.9, coverage: 0.25, accuracy: 1 },
      { threshold: 0.7, coverage: 0.75, accuracy: 2 / 3 },
      { threshold: 0.6, coverage: 1, accuracy: 0.5 },
    ])
  })

  it('has the lowest threshold that reaches an accuracy, even where a higher one does not', () => {
    const examples = sureAs([0.95, 0.9, 0.8, 0.7, 0.6], [false, true, true, true, false])
    expect(selectiveThreshold(examples, 0.65)).toEqual({ threshold: 0.7, coverage: 0.8, accuracy: 0.75 })
    expect(selectiveThreshold(examples, 0.8)).toBeUndefined()
    expect(() => selectiveThreshold(examples, 1.2)).toThrow('expected an accuracy between 0 and 1, got 1.2')
  })

  it('has a mean error over coverages, worked out by hand', () => {
    // Errors 0/1, 0/2, 1/3, 1/4.
    const ordered = sureAs([0.9, 0.8, 0.7, 0.6], [true, true, false, true])
    expect(areaUnderRiskCoverage(ordered)).toBeCloseTo((1 / 3 + 1 / 4) / 4, 12)
    // Equal ones share their error: half an error each.
    expect(areaUnderRiskCoverage(sureAs([0.7, 0.7], [true, false]))).toBeCloseTo(0.5, 12)
  })
})
