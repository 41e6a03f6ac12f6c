import { OptionError, ShapeError } from '@ptu/core'
import type { Dataset, Targets } from '@ptu/data'
import { scope } from '@ptu/tensor'
import {
  abs,
  add,
  div,
  logSoftmax,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  softplus,
  square,
  sub,
  sum,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core'

/** A number to lower, computed from a model's outputs and their targets. Borrows both; the caller owns the scalar. */
export type Loss = (outputs: Tensor, targets: Tensor) => Scalar

const checkShapes = (loss: string, outputs: Tensor, targets: Tensor): void => {
  const [a, b] = [outputs.shape.join(', '), targets.shape.join(', ')]
  if (a !== b) throw new ShapeError(`${loss}: expected targets of the shape of the outputs, [${a}], got [${b}]`)
}

/**
 * Mean cross-entropy of softmax probabilities, `[..., classes]` against one-hot targets of the same shape.
 *
 * `L = -mean(sum_c t_c · log softmax(z)_c)` over everything but the classes, for logits `z`. With label smoothing `s`
 * the targets are `t = (1 - s) · y + s / classes`.
 *
 * Throws `ShapeError` if the shapes differ, `OptionError` for smoothing outside [0, 1).
 *
 * @example
 * ```ts
 * const loss = crossEntropy(tensor2d([[2, 0]]), tensor2d([[1, 0]]))
 * expect(loss.dataSync()[0]).toBeCloseTo(Math.log(1 + Math.exp(-2)))
 * ```
 *
 * References:
 *   Szegedy et al., "Rethinking the Inception architecture", CVPR 2016, §7 (smoothing), https://arxiv.org/abs/1512.00567
 */
export const crossEntropy = (
  logits: Tensor,
  oneHot: Tensor,
  { smoothing = 0 }: { readonly smoothing?: number } = {},
): Scalar => {
  checkShapes('crossEntropy', logits, oneHot)
  if (!(smoothing >= 0 && smoothing < 1))
    throw new OptionError(`crossEntropy: expected smoothing in [0, 1), got ${String(smoothing)}`)
  return scope(() => {
    const classes = logits.shape.at(-1) ?? 1
    const targets = smoothing === 0 ? oneHot : add(mul(oneHot, 1 - smoothing), smoothing / classes)
    return mean(sum(mul(targets, neg(logSoftmax(logits))), -1))
  })
}

/**
 * Mean cross-entropy over the steps of sequences that have a target, `[batch, steps, classes]` against one-hot targets
 * of the same shape; a step whose target is all zeros is padding and is not counted.
 *
 * `L = -sum(t · log softmax(z)) / sum(t)` over everything: the mean over tokens, however they are spread over
 * sequences. The loss is 0 if no step has a target.
 *
 * Throws `ShapeError` if the shapes differ.
 *
 * @example
 * ```ts
 * const [logits, targets] = [tensor3d([[[2, 0], [7, 7]]]), tensor3d([[[1, 0], [0, 0]]])]
 * const loss = stepCrossEntropy(logits, targets)
 * expect(loss.dataSync()[0]).toBeCloseTo(Math.log(1 + Math.exp(-2))) // of the first step alone
 * ```
 */
export const stepCrossEntropy = (logits: Tensor, oneHot: Tensor): Scalar => {
  checkShapes('stepCrossEntropy', logits, oneHot)
  return scope(() => div(neg(sum(mul(oneHot, logSoftmax(logits)))), maximum(sum(oneHot), 1)))
}

/** The loss for a data set's labels: that of its targets, per step if examples are tagged, else per example. */
export const lossOf = ({ tagged, targets }: Pick<Dataset, 'tagged' | 'targets'>): Loss => {
  if (targets !== undefined) return targetLosses[targets.kind]
  return tagged === true ? stepCrossEntropy : crossEntropy
}

/**
 * Mean of the squared differences, `L = mean((y - t)²)` over all entries.
 *
 * Throws `ShapeError` if the shapes differ.
 */
export const meanSquaredError = (outputs: Tensor, targets: Tensor): Scalar => {
  checkShapes('meanSquaredError', outputs, targets)
  return scope(() => mean(square(sub(outputs, targets))))
}

/**
 * Mean binary cross-entropy of logits `z` against targets `t` in [0, 1], for outputs that are not exclusive.
 *
 * `L = -mean(t · log σ(z) + (1 - t) · log(1 - σ(z))) = mean(softplus(z) - t · z)`, which does not overflow.
 *
 * Throws `ShapeError` if the shapes differ.
 */
export const binaryCrossEntropy = (logits: Tensor, targets: Tensor): Scalar => {
  checkShapes('binaryCrossEntropy', logits, targets)
  return scope(() => mean(sub(softplus(logits), mul(targets, logits))))
}

/**
 * Mean Huber loss: squared where the error `e = y - t` is at most `delta`, linear beyond.
 *
 * `L = mean(q² / 2 + delta · (|e| - q))` with `q = min(|e|, delta)`.
 *
 * Throws `ShapeError` if the shapes differ, `OptionError` for a delta that is not above 0.
 *
 * References:
 *   Huber, "Robust estimation of a location parameter", Ann. Math. Statist. 35, 1964, https://doi.org/10.1214/aoms/1177703732
 */
export const huber = (outputs: Tensor, targets: Tensor, { delta = 1 }: { readonly delta?: number } = {}): Scalar => {
  checkShapes('huber', outputs, targets)
  if (!(delta > 0)) throw new OptionError(`huber: expected delta above 0, got ${String(delta)}`)
  return scope(() => {
    const error = abs(sub(outputs, targets))
    const near = minimum(error, delta)
    return mean(add(mul(square(near), 0.5), mul(sub(error, near), delta)))
  })
}

/** The losses of labels that are not one class for each example. */
const targetLosses: Readonly<Record<Targets['kind'], Loss>> = {
  'multi-label': binaryCrossEntropy,
  regress: meanSquaredError,
}
