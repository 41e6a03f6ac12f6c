import {
  add,
  div,
  engine,
  getBackend,
  getKernel,
  mul,
  scalar,
  sqrt,
  square,
  sub,
  type Tensor,
} from '@tensorflow/tfjs-core'
import { PTU_ADAM } from './kernel-names.ts'

/** A parameter, its gradient and the running means of the gradient and of its square, all of one shape. */
export interface AdamTensors {
  readonly param: Tensor
  readonly grad: Tensor
  readonly mean: Tensor
  readonly variance: Tensor
}

/** The numbers of one step. */
export interface AdamAttrs {
  /** Learning rate with the bias corrections in it: `η·√(1 - β₂ᵗ) / (1 - β₁ᵗ)` for step t, counted from 1. */
  readonly rate: number
  readonly beta1: number
  readonly beta2: number
  /** `ε·√(1 - β₂ᵗ)` */
  readonly epsilon: number
}

const composed = (
  { param, grad, mean, variance }: AdamTensors,
  attrs: AdamAttrs,
): readonly [Tensor, Tensor, Tensor] => {
  const nextMean = add(mul(mean, scalar(attrs.beta1)), mul(grad, scalar(1 - attrs.beta1)))
  const nextVariance = add(mul(variance, scalar(attrs.beta2)), mul(square(grad), scalar(1 - attrs.beta2)))
  const step = mul(div(nextMean, add(sqrt(nextVariance), scalar(attrs.epsilon))), scalar(attrs.rate))
  return [sub(param, step), nextMean, nextVariance]
}

/**
 * One step of Adam for one parameter. Returns the new parameter, mean and variance, which the caller owns; nothing is
 * disposed of. It is one kernel if the backend has it, else composed operations.
 *
 * `m ← β₁m + (1 - β₁)g`, `v ← β₂v + (1 - β₂)g²`, `w ← w - rate·m / (√v + ε)`
 *
 * Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, §2, https://arxiv.org/abs/1412.6980.
 *
 * @example
 * ```ts
 * import { tensor1d, zerosLike } from '@tensorflow/tfjs-core'
 * import { adamStep } from '@ptu/wasm-kernels'
 *
 * const param = tensor1d([1, 2])
 * const grad = tensor1d([0.1, -0.1])
 * const slots = { mean: zerosLike(param), variance: zerosLike(param) }
 * const [next] = adamStep({ param, grad, ...slots }, { rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 })
 * console.log(next.shape) // [2]
 * ```
 */
export const adamStep = (tensors: AdamTensors, attrs: AdamAttrs): readonly [Tensor, Tensor, Tensor] => {
  if ((getKernel(PTU_ADAM, getBackend()) as unknown) === undefined)
    return engine().tidy(() => composed(tensors, attrs) as never)
  return engine().runKernel(PTU_ADAM, { ...tensors }, { ...attrs }) as unknown as readonly [Tensor, Tensor, Tensor]
}
