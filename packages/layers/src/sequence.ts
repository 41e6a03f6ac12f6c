import { ShapeError } from '@ptu/core'
import { scope, withGradient, type Shape } from '@ptu/tensor'
import { abs, cast, greater, mul, reshape, sum, zeros, type Tensor } from '@tensorflow/tfjs-core'

import { fused } from './fused.ts'

/** The option of every layer over the steps of a sequence. */
export interface MaskedOptions {
  /**
   * True if a step whose numbers are all 0 is padding. Such a step is skipped, and stays 0 in an output with steps.
   * Padding stands before or after the real steps, not between them. Default false.
   */
  readonly masked?: boolean
}

/**
 * The steps and the features of an input.
 *
 * Throws `ShapeError` for an input that is no sequence or has no steps.
 */
export const sequenceShape = (layer: string, input: Shape): readonly [number, number] => {
  const [steps, features] = input
  if (input.length !== 2 || steps === undefined || features === undefined)
    throw new ShapeError(`${layer}: expected [batch, steps, features], got [batch, ${input.join(', ')}]`)
  if (steps < 1) throw new ShapeError(`${layer}: expected at least one step, got [batch, ${input.join(', ')}]`)
  return [steps, features]
}

/** `f(x)`, through which no gradient passes. */
export const constantOf = (x: Tensor, f: (x: Tensor) => Tensor): Tensor =>
  withGradient((_save, [input]) => ({ value: scope(() => f(input)), gradient: () => [zeros(x.shape)] }), [x] as const)

/** 1 for each step with a number other than 0, else 0: `[batch, steps, features] -> [batch, steps, 1]`. A constant. */
export const realSteps = (x: Tensor): Tensor =>
  constantOf(x, (input) => cast(greater(sum(abs(input), -1, true), 0), 'float32'))

/** `y` [batch, steps, ...] at the steps of `x` that are real, 0 at those of padding. No gradient passes to `x`. */
export const keepRealSteps = (x: Tensor, y: Tensor): Tensor =>
  withGradient(
    (save, [output]) => {
      const inOnePass = fused(kernel, { x, y: output })
      // A mask tells the same as x, and is smaller.
      const real = inOnePass ? x : realSteps(reshape(x, [x.shape[0], x.shape[1] ?? 1, -1]))
      save([real])
      return {
        value: inOnePass ?? masked(real, output),
        gradient: (dy, [mask = real]) => [fused(kernel, { x: mask, y: dy }) ?? masked(mask, dy)],
      }
    },
    [y] as const,
  )

const kernel = 'PtuRealSteps'

const masked = (real: Tensor, y: Tensor): Tensor =>
  scope(() => mul(y, reshape(real, [...y.shape.slice(0, 2), ...y.shape.slice(2).map(() => 1)])))
