import { mapParams, scope, type ParamTree } from '@ptu/tensor'
import { mul } from '@tensorflow/tfjs-core'

import { fraction } from './options.ts'
import type { Optimizer } from './optimizer.ts'

/**
 * Multiplies every parameter by `factor` after each update, whatever the rate: `θ ← factor·(θ + Δ)`.
 *
 * It pulls the channel deviations of a gate back to the gate of their block.
 *
 * @example
 * ```ts
 * const optimizer = shrink(0.99, adam(4e-3, { beta2: 0.99 }))
 * ```
 */
export const shrink = <S extends ParamTree>(factor: number, optimizer: Optimizer<S>): Optimizer<S> => {
  fraction('factor', factor)
  return {
    ...optimizer,
    update: (grads, state, params, step) =>
      scope(() => {
        const updated = optimizer.update(grads, state, params, step)
        return { ...updated, params: mapParams(updated.params, (param) => mul(param, factor)) }
      }),
  }
}
