import {
  add,
  engine,
  getBackend,
  getKernel,
  moments,
  mul,
  rsqrt,
  sub,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core'
import { PTU_BATCH_NORM } from './kernel-names.ts'

/** A normalised batch and the statistics that it was normalised by, each of [channels]. */
export interface Normalised {
  readonly y: Tensor
  readonly mean: Tensor1D
  /** Divided by the number of examples and positions, not by one less. */
  readonly variance: Tensor1D
}

const composed = (x: Tensor, scale: Tensor1D, offset: Tensor1D, epsilon: number): [Tensor, Tensor, Tensor] => {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis)
  const { mean, variance } = moments(x, axes)
  const y = add(mul(sub(x, mean), mul(scale, rsqrt(add(variance, epsilon)))), offset)
  return [y, mean, variance]
}

/**
 * Batch normalisation in training: `y = (x - mean) / √(variance + ε) · scale + offset`, with mean and variance over
 * every axis of x [batch, ..., channels] but the last. y is differentiable in x, scale and offset; take no gradient of
 * the statistics, which serve moving averages. It is one kernel forwards and one backwards if the backend has them.
 *
 * Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
 * ICML 2015, §3, https://arxiv.org/abs/1502.03167.
 *
 * @example
 * ```ts
 * import { ones, tensor2d, zeros, type Tensor1D } from '@tensorflow/tfjs-core'
 * import { batchNormInTraining } from '@ptu/wasm-kernels'
 *
 * const scale: Tensor1D = ones([2])
 * const offset: Tensor1D = zeros([2])
 * const { mean } = batchNormInTraining(tensor2d([[1, 2], [3, 4]]), scale, offset)
 * console.log(mean.dataSync()) // 2, 3
 * ```
 */
export const batchNormInTraining = (x: Tensor, scale: Tensor1D, offset: Tensor1D, epsilon = 1e-3): Normalised => {
  const results =
    (getKernel(PTU_BATCH_NORM, getBackend()) as unknown) === undefined
      ? engine().tidy(() => composed(x, scale, offset, epsilon))
      : (engine().runKernel(PTU_BATCH_NORM, { x, scale, offset }, { epsilon }) as unknown as Tensor[])
  const [y, mean, variance, inverse] = results as [Tensor, Tensor1D, Tensor1D, Tensor1D?]
  inverse?.dispose()
  return { y, mean, variance }
}
