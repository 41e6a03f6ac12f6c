import { split, stream, uniforms, type Key } from '@ptu/core'

import { equalWidth, placesIn } from './binning.ts'
import { checkClassified, namedBy, type Classified } from './classified.ts'
import { checkBetween, checkCount, quantile } from './quantile.ts'
import type { ReliabilityOptions } from './reliability.ts'

/** The options of {@link calibrationInterval}. */
export interface CalibrationIntervalOptions extends ReliabilityOptions {
  /** The coverage that is aimed at; .95 unless given. */
  readonly level?: number
  /** The samples drawn with replacement; 1,000 unless given. */
  readonly resamples?: number
}

/** A calibration error and how well it is known. */
export interface CalibrationInterval {
  readonly error: number
  readonly low: number
  readonly high: number
  /** The largest error that such examples give by chance where every probability is right. */
  readonly chance: number
}

/** `Σ_b |Σ_{i in b} (right_i - confidence_i)| / n`: the expected calibration error from the gap of each example. */
const errorOf = (gaps: ArrayLike<number>, places: ArrayLike<number>, sums: Float64Array): number => {
  sums.fill(0)
  for (let i = 0; i < gaps.length; i++) {
    const bin = places[i] as number
    sums[bin] = (sums[bin] as number) + (gaps[i] as number)
  }
  let total = 0
  for (const sum of sums) total += Math.abs(sum)
  return total / gaps.length
}

/**
 * The expected calibration error, from 0 to 1: `Σ_b (n_b / n) · |accuracy_b - confidence_b|` over ranges `b` that hold
 * `n_b` of `n` examples.
 *
 * It is above 0 by chance even where every probability is right; {@link calibrationInterval} says by how much. Throws
 * `ShapeError` or `OptionError` unless each row is a distribution and each label a class.
 *
 * References:
 *   Guo, Pleiss, Sun & Weinberger, "On calibration of modern neural networks", ICML 2017, §2, https://arxiv.org/abs/1706.04599
 *
 * @example
 * ```ts
 * const sure = { probabilities: Float64Array.of(0.9, 0.1, 0.9, 0.1), labels: Int32Array.of(0, 1), classes: 2 }
 * expect(expectedCalibrationError(sure)).toBeCloseTo(0.4, 12)
 * ```
 */
export const expectedCalibrationError = (
  classified: Classified,
  { binning = equalWidth() }: ReliabilityOptions = {},
): number => {
  const { confidences, right } = namedBy(checkClassified(classified))
  const edges = binning(confidences)
  return errorOf(
    right.map((hit, i) => hit - (confidences[i] as number)),
    placesIn(edges, confidences),
    new Float64Array(edges.length - 1),
  )
}

/** Errors of samples of the gaps, drawn with replacement, in rising order. */
const resampledErrors = (key: Key, gaps: Float64Array, places: Int32Array, bins: number, resamples: number) => {
  const next = stream(key)
  const [drawn, at, sums] = [new Float64Array(gaps.length), new Int32Array(gaps.length), new Float64Array(bins)]
  return Float64Array.from({ length: resamples }, () => {
    for (let i = 0; i < gaps.length; i++) {
      const from = Math.floor(next() * 2 ** -32 * gaps.length)
      drawn[i] = gaps[from] as number
      at[i] = places[from] as number
    }
    return errorOf(drawn, at, sums)
  }).sort()
}

/** Errors where each example is right with the probability that it is given, in rising order. */
const chanceErrors = (key: Key, confidences: Float64Array, places: Int32Array, bins: number, resamples: number) => {
  const next = stream(key)
  const [gaps, sums] = [new Float64Array(confidences.length), new Float64Array(bins)]
  return Float64Array.from({ length: resamples }, () => {
    for (let i = 0; i < gaps.length; i++) {
      const p = confidences[i] as number
      gaps[i] = (next() * 2 ** -32 < p ? 1 : 0) - p
    }
    return errorOf(gaps, places, sums)
  }).sort()
}

/**
 * The expected calibration error with an interval for the error that very many examples would have.
 *
 * The estimate is too large by chance, so the interval is the basic bootstrap interval `[2e - q_high, 2e - q_low]`
 * with quantiles `q` of the error of resampled examples, over ranges that stay. Its low end is 0 where the error is one
 * that right probabilities give by chance: at most the quantile `chance` of the errors where each example is right with
 * its probability (consistency resampling). In simulation the interval of level .95 holds the true error of 87 to 98 %
 * of sets of 100 or 400 examples (`docs/results/uncertainty.md`). Deterministic in its key.
 *
 * Throws `ShapeError` or `OptionError` as {@link expectedCalibrationError} does, or for an option out of range.
 *
 * References:
 *   Efron & Tibshirani, "An introduction to the bootstrap", 1993, §13.4
 *   Bröcker & Smith, "Increasing the reliability of reliability diagrams", Weather and Forecasting 22, 2007, https://doi.org/10.1175/WAF993.1
 *
 * @example
 * ```ts
 * const right = { probabilities: Float64Array.of(0.5, 0.5, 0.5, 0.5), labels: Int32Array.of(0, 1), classes: 2 }
 * expect(calibrationInterval(key(0), right)).toMatchObject({ error: 0, low: 0 })
 * ```
 */
export const calibrationInterval = (
  key: Key,
  classified: Classified,
  { binning = equalWidth(), level = 0.95, resamples = 1000 }: CalibrationIntervalOptions = {},
): CalibrationInterval => {
  checkBetween('a level', level, 0, 1)
  checkCount('resamples', resamples, 1)
  const { confidences, right } = namedBy(checkClassified(classified))
  const edges = binning(confidences)
  const places = placesIn(edges, confidences)
  const bins = edges.length - 1
  const gaps = right.map((hit, i) => hit - (confidences[i] as number))
  const error = errorOf(gaps, places, new Float64Array(bins))
  const [ofExamples, ofChance] = split(key, 2) as unknown as readonly [Key, Key]
  const drawn = resampledErrors(ofExamples, gaps, places, bins, resamples)
  const chance = quantile(chanceErrors(ofChance, confidences, places, bins, resamples), (1 + level) / 2)
  const ends = [2 * error - quantile(drawn, (1 + level) / 2), 2 * error - quantile(drawn, (1 - level) / 2)]
  const [low, high] = ends.map((end) => Math.min(1, Math.max(0, end))) as [number, number]
  return { error, low: error <= chance ? 0 : low, high: Math.max(high, error <= chance ? error : 0), chance }
}

/** Labels drawn from each row of probabilities: what they would be if every probability were right. */
export const labelsFrom = (key: Key, probabilities: Float64Array, classes: number): Int32Array => {
  const draws = uniforms(key, probabilities.length / classes)
  return Int32Array.from(draws, (u, i) => {
    let [label, rest] = [0, u - (probabilities[i * classes] as number)]
    while (rest >= 0 && label < classes - 1) rest -= probabilities[i * classes + ++label] as number
    return label
  })
}
