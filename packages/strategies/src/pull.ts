import { scope, withGradient, zipParams, type ParamTree } from '@ptu/tensor'
import { add, mul, sub, zerosLike, type Tensor } from '@tensorflow/tfjs-core'

/**
 * Passes a parameter on and adds `strength · (θ - θ_0)` to its gradient: that of the penalty `strength/2 · ‖θ - θ_0‖²`.
 *
 * The penalty itself is not added to the loss.
 */
export const pulled = (params: ParamTree, anchor: ParamTree, strength: number): ParamTree =>
  zipParams(params, anchor, (param, start) =>
    withGradient(
      (save, [theta, origin]) => {
        save([theta, origin])
        return {
          value: theta.clone(),
          gradient: (dy, [now = dy, then = dy]) => [gradientOf(dy, now, then, strength), zerosLike(then)],
        }
      },
      [param, start] as const,
    ),
  )

const gradientOf = (dy: Tensor, theta: Tensor, origin: Tensor, strength: number): Tensor =>
  scope(() => add(dy, mul(sub(theta, origin), strength)))
