import { OptionError } from '@ptu/core'
import { minimise, type SmoothFunction } from '@ptu/trainer'

import { checkRows, rowAt, softmaxInPlace, type Scored } from './classified.ts'

/** A factor and an offset for the logit of each class. */
export interface VectorScaling {
  /** `[classes]` */
  readonly weights: Float64Array
  /** `[classes]` */
  readonly bias: Float64Array
}

/** A temperature is held between these: examples that are all right, or no better than chance, have none. */
const temperatures = { least: 0.01, most: 100 } as const

/** The norm of the gradient at which scaling ends. */
const tolerance = 1e-9

const checkScored = (scored: Scored): void => {
  checkRows(scored.logits, scored)
  if (new Set(scored.labels).size < 2)
    throw new OptionError('expected labels of two classes or more, all are of one: nothing can be scaled by them')
}

/** The mean of `-log p` of the label where logit `c` of a row `z` becomes `factor_c · z_c + offset_c`, with the gradient. */
const lossOf =
  (
    { logits, labels, classes }: Scored,
    scaled: (parameters: Float64Array, z: Float32Array | Float64Array, out: Float64Array) => void,
    backward: (error: number, c: number, z: number, gradient: Float64Array) => void,
  ): SmoothFunction =>
  (parameters) => {
    const gradient = new Float64Array(parameters.length)
    const row = new Float64Array(classes)
    let value = 0
    for (let i = 0; i < labels.length; i++) {
      const z = rowAt(logits, classes, i)
      const label = labels[i] as number
      scaled(parameters, z, row)
      const own = row[label] as number
      value += (softmaxInPlace(row) - own) / labels.length
      for (let c = 0; c < classes; c++)
        backward(((row[c] as number) - (c === label ? 1 : 0)) / labels.length, c, z[c] as number, gradient)
    }
    return { value, gradient }
  }

/**
 * Fits the temperature `T` that divides logits so that the mean of `-log p` of the labels is least, by L-BFGS.
 *
 * The accuracy stays as it is. Above 1 the classifier was too sure. Fit it to examples that the classifier was not
 * trained on: held-out ones, or out-of-fold logits. `T` is held from .01 to 100.
 *
 * Throws `ShapeError` or `OptionError` where lengths do not fit, a label has no class, a logit is not finite, or all
 * labels are of one class.
 *
 * References:
 *   Guo, Pleiss, Sun & Weinberger, "On calibration of modern neural networks", ICML 2017, §4.2, https://arxiv.org/abs/1706.04599
 *
 * @example
 * ```ts
 * // Two to one are right where the logits say e^4 : 1.
 * const logits = Float64Array.of(4, 0, 4, 0, 4, 0, 0, 4, 0, 4, 0, 4)
 * const temperature = fitTemperature({ logits, labels: Int32Array.of(0, 0, 1, 1, 1, 0), classes: 2 })
 * expect(temperature).toBeCloseTo(4 / Math.LN2, 4)
 * ```
 */
export const fitTemperature = (scored: Scored): number => {
  checkScored(scored)
  // The loss is convex in 1 / T.
  const loss = lossOf(
    scored,
    ([inverse = 1], z, out) => {
      for (let c = 0; c < out.length; c++) out[c] = inverse * (z[c] as number)
    },
    (error, _, z, gradient) => {
      gradient[0] = (gradient[0] as number) + error * z
    },
  )
  const [inverse = 1] = minimise(loss, Float64Array.of(1), { tolerance, steps: 200 })
  return inverse <= 1 / temperatures.most ? temperatures.most : Math.max(1 / inverse, temperatures.least)
}

/**
 * Divides logits by a temperature, as {@link fitTemperature} fits it.
 *
 * Throws `OptionError` unless the temperature is positive and finite.
 */
export const atTemperature = (scored: Scored, temperature: number): Scored => {
  if (!(temperature > 0 && temperature < Infinity))
    throw new OptionError(`expected a positive temperature, got ${String(temperature)}`)
  return { ...scored, logits: Float64Array.from(scored.logits, (z) => z / temperature) }
}

/**
 * Fits a factor and an offset for the logit of each class so that the mean of `-log p` of the labels is least, by
 * L-BFGS: `z_c` becomes `w_c · z_c + b_c`.
 *
 * It has twice as many parameters as there are classes and wants more examples than a temperature. Where a class has no
 * example, or all are right by far, the least loss is at infinity: fitting ends after 500 steps.
 *
 * Throws as {@link fitTemperature} does.
 *
 * References:
 *   Guo, Pleiss, Sun & Weinberger, "On calibration of modern neural networks", ICML 2017, §4.2, https://arxiv.org/abs/1706.04599
 */
export const fitVectorScaling = (scored: Scored): VectorScaling => {
  checkScored(scored)
  const { classes } = scored
  const loss = lossOf(
    scored,
    (parameters, z, out) => {
      for (let c = 0; c < classes; c++)
        out[c] = (parameters[c] as number) * (z[c] as number) + (parameters[classes + c] as number)
    },
    (error, c, z, gradient) => {
      gradient[c] = (gradient[c] as number) + error * z
      gradient[classes + c] = (gradient[classes + c] as number) + error
    },
  )
  const start = Float64Array.from({ length: 2 * classes }, (_, i) => (i < classes ? 1 : 0))
  const found = minimise(loss, start, { tolerance, steps: 500 })
  return { weights: found.slice(0, classes), bias: found.slice(classes) }
}

/** Logits with the factors and offsets of {@link fitVectorScaling}. Throws `OptionError` for another number of classes. */
export const scaledBy = (scored: Scored, { weights, bias }: VectorScaling): Scored => {
  const { logits, classes } = scored
  if (weights.length !== classes || bias.length !== classes)
    throw new OptionError(`expected a scaling of ${String(classes)} classes, got one of ${String(weights.length)}`)
  return {
    ...scored,
    logits: Float64Array.from(logits, (z, i) => z * (weights[i % classes] as number) + (bias[i % classes] as number)),
  }
}
