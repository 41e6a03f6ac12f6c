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

import type { LeafRule } from './leafwise.ts'

/** The numbers of one step of Adam, bias corrections included. */
export interface AdamStep {
  /** `η·√(1 - β₂ᵗ) / (1 - β₁ᵗ)` */
  readonly rate: number
  readonly beta1: number
  readonly beta2: number
  /** `ε·√(1 - β₂ᵗ)` */
  readonly epsilon: number
}

/** Adam for one parameter: the backend's own kernel where it has one that serves, else composed. */
export const adamRule = (step: AdamStep): LeafRule<'mean' | 'variance'> => {
  const hasKernel = (getKernel('PtuAdam', getBackend()) as unknown) !== undefined
  if (!hasKernel || ![step.beta1, step.beta2].every(survivesRounding)) return composed(step)
  const own = fused(step)
  return (param, grad, slots) =>
    (param.dtype === 'float32' && grad.dtype === 'float32' ? own : composed(step))(param, grad, slots)
}

/** Tells whether `1 - beta` of numbers in 32 bits, which a kernel may take, is right to 2 in 10,000: so it is to .9999. */
const survivesRounding = (beta: number): boolean => Math.abs(1 - Math.fround(beta) - (1 - beta)) <= 2e-4 * (1 - beta)

const fused =
  (attrs: AdamStep): LeafRule<'mean' | 'variance'> =>
  (param, grad, { mean, variance }) => {
    const [next, m, v] = engine().runKernel('PtuAdam', { param, grad, mean, variance }, { ...attrs }) as unknown as [
      Tensor,
      Tensor,
      Tensor,
    ]
    return [next, { mean: m, variance: v }]
  }

const composed = ({ rate, beta1, beta2, epsilon }: AdamStep): LeafRule<'mean' | 'variance'> => {
  const [eta, keep1, take1] = [scalar(rate), scalar(beta1), scalar(1 - beta1)]
  const [tiny, keep2, take2] = [scalar(epsilon), scalar(beta2), scalar(1 - beta2)]
  return (param, grad, slots) => {
    const mean = add(mul(slots.mean, keep1), mul(grad, take1))
    const variance = add(mul(slots.variance, keep2), mul(square(grad), take2))
    return [sub(param, mul(div(mean, add(sqrt(variance), tiny)), eta)), { mean, variance }]
  }
}
