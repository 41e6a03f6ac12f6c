import { Tree } from '@ptu/core'
import { mapParams, scope, type ParamTree } from '@ptu/tensor'
import { addN, div, maximum, mul, scalar, sqrt, square, sum, type Scalar } from '@tensorflow/tfjs-core'

import { positive } from './options.ts'
import type { Optimizer } from './optimizer.ts'

/** The Euclidean norm of all leaves taken as one vector; the caller owns it. */
export const globalNorm = (tree: ParamTree): Scalar =>
  scope(() => sqrt<Scalar>(addN([scalar(0), ...Tree.leaves(tree).map((leaf) => sum<Scalar>(square(leaf)))])))

/**
 * Shortens the gradient, taken as one vector, to at most `max` before `optimizer` sees it: `g ← g·max/max(‖g‖, max)`.
 *
 * A shorter gradient passes bit for bit; NaN passes to every parameter. Inside `groups` the norm is that of the group.
 *
 * References:
 *   Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural networks", ICML 2013, §3.2, https://arxiv.org/abs/1211.5063
 *
 * @example
 * ```ts
 * const optimizer = clipByGlobalNorm(1, adam(1e-3))
 * ```
 */
export const clipByGlobalNorm = <S extends ParamTree>(max: number, optimizer: Optimizer<S>): Optimizer<S> => {
  positive('max', max)
  return {
    ...optimizer,
    update: (grads, state, params, step) =>
      scope(() => {
        const factor = div(max, maximum(globalNorm(grads), max))
        return optimizer.update(
          mapParams(grads, (grad) => mul(grad, factor)),
          state,
          params,
          step,
        )
      }),
  }
}
