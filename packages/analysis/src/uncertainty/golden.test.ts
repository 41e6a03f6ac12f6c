import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { equalMass, equalWidth } from './binning.ts'
import { expectedCalibrationError } from './calibration-error.ts'
import { softmaxOf } from './classified.ts'
import { atTemperature, fitTemperature, fitVectorScaling, scaledBy } from './scaling.ts'
import { brierScore, negativeLogLikelihood } from './scores.ts'

interface Golden {
  readonly logits: readonly number[]
  readonly labels: readonly number[]
  readonly classes: number
  readonly eceWidth: Readonly<Record<string, number>>
  readonly eceMass: Readonly<Record<string, number>>
  readonly brier: number
  readonly negativeLogLikelihood: number
  readonly temperature: number
  readonly temperatureLoss: number
  readonly vector: { readonly weights: readonly number[]; readonly bias: readonly number[]; readonly loss: number }
}

const golden = JSON.parse(readFileSync(new URL('../../fixtures/uncertainty.json', import.meta.url), 'utf8')) as Golden

const scored = {
  logits: Float64Array.from(golden.logits),
  labels: Int32Array.from(golden.labels),
  classes: golden.classes,
}

describe('numbers of other libraries', () => {
  it('netcal gives the same expected calibration error over ranges of one width', () => {
    for (const [bins, value] of Object.entries(golden.eceWidth))
      expect(expectedCalibrationError(softmaxOf(scored), { binning: equalWidth(Number(bins)) })).toBeCloseTo(value, 10)
  })

  it('netcal gives the same expected calibration error over ranges of equally many examples', () => {
    for (const [bins, value] of Object.entries(golden.eceMass))
      expect(expectedCalibrationError(softmaxOf(scored), { binning: equalMass(Number(bins)) })).toBeCloseTo(value, 10)
  })

  it('scikit-learn gives the same Brier score and log-loss', () => {
    expect(brierScore(softmaxOf(scored))).toBeCloseTo(golden.brier, 12)
    expect(negativeLogLikelihood(softmaxOf(scored))).toBeCloseTo(golden.negativeLogLikelihood, 12)
  })

  it('SciPy finds the same temperature', () => {
    const temperature = fitTemperature(scored)
    expect(temperature).toBeCloseTo(golden.temperature, 5)
    const loss = negativeLogLikelihood(softmaxOf(atTemperature(scored, temperature)))
    expect(loss).toBeCloseTo(golden.temperatureLoss, 12)
  })

  it('PyTorch finds the same factors and offsets, up to what all classes share', () => {
    const scaling = fitVectorScaling(scored)
    const { weights, bias, loss } = golden.vector
    const mean = scaling.bias.reduce((sum, x) => sum + x, 0) / scored.classes
    weights.forEach((weight, c) => {
      expect(scaling.weights[c]).toBeCloseTo(weight, 6)
    })
    bias.forEach((offset, c) => {
      expect((scaling.bias[c] ?? NaN) - mean).toBeCloseTo(offset, 6)
    })
    expect(negativeLogLikelihood(softmaxOf(scaledBy(scored, scaling)))).toBeCloseTo(loss, 10)
  })
})
