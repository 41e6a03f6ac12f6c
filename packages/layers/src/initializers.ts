import type { Key } from '@ptu/core'
import { truncatedNormal, uniform } from '@ptu/tensor'
import { fill, type Tensor } from '@tensorflow/tfjs-core'

/** The number of inputs that feed an output of a layer, and of outputs that an input feeds. */
export interface Fans {
  readonly in: number
  readonly out: number
}

/** Draws a kernel of `shape`. The caller owns it. */
export type Initializer = (key: Key, shape: readonly number[], fans: Fans) => Tensor

/**
 * A truncated N(0, 2 / in): keeps the variance of activations through ReLU.
 *
 * References:
 *   He, Zhang, Ren & Sun, "Delving deep into rectifiers", ICCV 2015, §2.2, https://arxiv.org/abs/1502.01852
 */
export const heNormal: Initializer = (key, shape, fans) => truncatedNormal(key, shape, Math.sqrt(2 / fans.in))

/** Uniform in ±√(6 / in), the variance of {@link heNormal}. */
export const heUniform: Initializer = (key, shape, fans) => symmetric(key, shape, Math.sqrt(6 / fans.in))

/**
 * A truncated N(0, 2 / (in + out)): a compromise between the variances of activations and of gradients.
 *
 * References:
 *   Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010, §4.2, https://proceedings.mlr.press/v9/glorot10a.html
 */
export const glorotNormal: Initializer = (key, shape, fans) =>
  truncatedNormal(key, shape, Math.sqrt(2 / (fans.in + fans.out)))

/** Uniform in ±√(6 / (in + out)), the variance of {@link glorotNormal}. */
export const glorotUniform: Initializer = (key, shape, fans) =>
  symmetric(key, shape, Math.sqrt(6 / (fans.in + fans.out)))

/**
 * A truncated N(0, 1 / in): keeps the variance of a linear layer.
 *
 * References:
 *   LeCun, Bottou, Orr & Müller, "Efficient BackProp", Neural Networks: Tricks of the Trade 1998, §4.6, https://doi.org/10.1007/3-540-49430-8_2
 */
export const lecunNormal: Initializer = (key, shape, fans) => truncatedNormal(key, shape, Math.sqrt(1 / fans.in))

/** Every entry `value`. */
export const constant =
  (value: number): Initializer =>
  (_key, shape) =>
    fill([...shape], value)

/** Every entry 0. */
export const zeros: Initializer = constant(0)

const symmetric = (key: Key, shape: readonly number[], bound: number): Tensor => uniform(key, shape, -bound, bound)
