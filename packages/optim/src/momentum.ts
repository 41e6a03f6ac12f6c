import { add, mul, scalar, sub } from '@tensorflow/tfjs-core'

import { leafwise, type SlotTrees } from './leafwise.ts'
import { belowOne } from './options.ts'
import type { Optimizer } from './optimizer.ts'
import { scheduleOf, type Rate } from './rate.ts'

/** The options of {@link momentum} and {@link nesterov}. */
export interface MomentumOptions {
  /** `μ` in [0, 1): the part of the velocity that a step keeps. */
  readonly decay?: number
}

/** The state of {@link momentum} and {@link nesterov}. */
export type Velocity = SlotTrees<'velocity'>

/**
 * Gradient descent with momentum: `v ← μ·v + g`, `θ ← θ - η·v`, with rate `η`, gradient `g` and `v` from 0.
 *
 * References:
 *   Polyak, "Some methods of speeding up the convergence of iteration methods", USSR Comput. Math. Math. Phys. 4(5), 1964, https://doi.org/10.1016/0041-5553(64)90137-5
 *
 * @example
 * ```ts
 * const optimizer = momentum(0.01, { decay: 0.9 })
 * ```
 */
export const momentum = (rate: Rate, { decay = 0.9 }: MomentumOptions = {}): Optimizer<Velocity> => {
  const rateAt = scheduleOf(rate)
  belowOne('decay', decay)
  return leafwise(['velocity'], (step) => {
    const [eta, mu] = [scalar(rateAt(step)), scalar(decay)]
    return (param, grad, slots) => {
      const velocity = add(mul(slots.velocity, mu), grad)
      return [sub(param, mul(velocity, eta)), { velocity }]
    }
  })
}

/**
 * Nesterov's momentum: `v ← μ·v + g`, `θ ← θ - η·(g + μ·v)`, with rate `η`, gradient `g` and `v` from 0.
 *
 * References:
 *   Sutskever, Martens, Dahl & Hinton, "On the importance of initialization and momentum in deep learning", ICML 2013, §2, https://proceedings.mlr.press/v28/sutskever13.html
 *
 * @example
 * ```ts
 * const optimizer = nesterov(cosine({ from: 0.1, steps: 300 }))
 * ```
 */
export const nesterov = (rate: Rate, { decay = 0.9 }: MomentumOptions = {}): Optimizer<Velocity> => {
  const rateAt = scheduleOf(rate)
  belowOne('decay', decay)
  return leafwise(['velocity'], (step) => {
    const [eta, mu] = [scalar(rateAt(step)), scalar(decay)]
    return (param, grad, slots) => {
      const velocity = add(mul(slots.velocity, mu), grad)
      return [sub(param, mul(add(grad, mul(velocity, mu)), eta)), { velocity }]
    }
  })
}
