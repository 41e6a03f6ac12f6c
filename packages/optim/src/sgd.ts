import { mul, scalar, sub } from '@tensorflow/tfjs-core'

import { leafwise } from './leafwise.ts'
import type { Optimizer } from './optimizer.ts'
import { scheduleOf, type Rate } from './rate.ts'

/**
 * Gradient descent: `θ ← θ - η·g`, with rate `η` and gradient `g`.
 *
 * @example
 * ```ts
 * const optimizer = sgd(0.1)
 * const theta = { w: scalar(1) }
 * const { params } = optimizer.update({ w: scalar(2) }, optimizer.init(theta), theta, 0)
 * expect((params as typeof theta).w.dataSync()[0]).toBeCloseTo(0.8)
 * ```
 */
export const sgd = (rate: Rate): Optimizer => {
  const rateAt = scheduleOf(rate)
  return leafwise([], (step) => {
    const eta = scalar(rateAt(step))
    return (param, grad) => [sub(param, mul(grad, eta)), {}]
  })
}
