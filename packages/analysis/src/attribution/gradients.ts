import { foldIn, OptionError, type Key } from '@ptu/core'
import { normal, scope } from '@ptu/tensor'
import { add, mul, zerosLike, type Tensor } from '@tensorflow/tfjs-core'

import { gradientAt, type Attribution } from './attribution.ts'
import { cutAfter, input, type FixedBlock } from './network-blocks.ts'
import { outputsAt, targetsOf, type Target } from './target.ts'

/** The examples and the class that is explained. */
export interface GradientOptions {
  /** `[batch, ...]`; all examples are computed at once. */
  readonly x: Tensor
  readonly target: Target
}

/** The options of {@link smoothGradient}. */
export interface SmoothOptions extends GradientOptions {
  readonly key: Key
  /** The standard deviation of the noise, in the units of the input. */
  readonly deviation: number
  /** 50 unless given. */
  readonly samples?: number
}

const gradient = (blocks: readonly FixedBlock[], x: Tensor, target: Target): Tensor => {
  const targets = targetsOf(target, x.shape[0])
  const { above } = cutAfter(blocks, input)
  // What is wrong with the outputs is found before a gradient is begun.
  outputsAt(above(x), targets)
  return gradientAt((h) => outputsAt(above(h), targets), x)
}

const read = async (values: Tensor): Promise<Attribution> => {
  const numbers = Float32Array.from(await values.data())
  values.dispose()
  if (!numbers.every(Number.isFinite))
    throw new OptionError('expected finite gradients; check the inputs and the parameters for NaN and infinity')
  return { shape: values.shape, values: numbers }
}

/**
 * The input times the gradient, `x_i · ∂F/∂x_i`: the first-order contribution of each number of the input to a logit, from 0.
 *
 * Rejects with `OptionError` for a class that is not there, a layer without gradient, or numbers that are not finite.
 */
export const inputTimesGradient = async (
  blocks: readonly FixedBlock[],
  { x, target }: GradientOptions,
): Promise<Attribution> => read(scope(() => mul(x, gradient(blocks, x, target))))

/**
 * The mean gradient over inputs with normal noise, `mean ∂F/∂x (x + σ · e)`.
 *
 * Rejects as {@link inputTimesGradient} does, and with `OptionError` for a deviation below 0 or no samples.
 *
 * References:
 *   Smilkov, Thorat, Kim, Viégas & Wattenberg, "SmoothGrad: removing noise by adding noise", 2017, §2, https://arxiv.org/abs/1706.03825
 */
export const smoothGradient = async (
  blocks: readonly FixedBlock[],
  { x, target, key, deviation, samples = 50 }: SmoothOptions,
): Promise<Attribution> => {
  if (!(deviation >= 0 && deviation < Infinity))
    throw new OptionError(`smoothGradient: expected a deviation from 0, got ${deviation}`)
  if (!(Number.isSafeInteger(samples) && samples >= 1))
    throw new OptionError(`smoothGradient: expected at least 1 sample, got ${samples}`)
  const total = scope(() => {
    let sum: Tensor = zerosLike(x)
    for (let i = 0; i < samples; i++)
      sum = scope(() => {
        const noisy = add(x, mul(normal(foldIn(key, i), x.shape), deviation))
        return add(sum, mul(gradient(blocks, noisy, target), 1 / samples))
      })
    return sum
  })
  return read(total)
}
