import { Tree } from '@ptu/core'
import { scope, type ParamTree } from '@ptu/tensor'
import { mul, sub } from '@tensorflow/tfjs-core'

import { notNegative } from './options.ts'
import type { Optimizer } from './optimizer.ts'

/**
 * Scales what `optimizer` does to each parameter: `θ ← θ - factor(path)·(θ - θ')` where `optimizer` moves `θ` to `θ'`.
 *
 * This is a learning rate of its own for each block under any optimizer. Scaling the gradient is not: Adam does not
 * notice. The factor 1 leaves a parameter's update as it is, bit for bit, and costs nothing.
 *
 * Throws `OptionError` for a factor that is negative or not finite.
 *
 * References:
 *   Howard & Ruder, "Universal language model fine-tuning for text classification", ACL 2018, §3.2, https://arxiv.org/abs/1801.06146
 *
 * @example
 * ```ts
 * const optimizer = scaleRate(([block]) => (block === 'head' ? 1 : 0.1), adam(1e-3))
 * ```
 */
export const scaleRate = <S extends ParamTree>(
  factor: (path: Tree.Path) => number,
  optimizer: Optimizer<S>,
): Optimizer<S> => ({
  ...optimizer,
  update: (grads, state, params, step) =>
    scope(() => {
      const updated = optimizer.update(grads, state, params, step)
      const scaled = Tree.zipWith(params, updated.params, (before, after, path) => {
        const by = notNegative(`the factor for ${Tree.format(path)}`, factor(path))
        return by === 1 ? after : scope(() => sub(before, mul(sub(before, after), by)))
      })
      return { ...updated, params: scaled }
    }),
})
