import { cloneParams, scope, zipParams, type ParamTree } from '@ptu/tensor'
import { mul, scalar, sub } from '@tensorflow/tfjs-core'

import { alignedLeaves } from './leafwise.ts'
import { belowOne } from './options.ts'

/** A pair of pure functions. `update` borrows all it is given; the caller owns what either returns. */
export interface Average {
  /** The average before the first step: the parameters themselves. */
  init(params: ParamTree): ParamTree
  /** Takes the parameters after step `step`, from 0, into the average. */
  update(average: ParamTree, params: ParamTree, step: number): ParamTree
}

/**
 * The exponential moving average of parameters: `a ← a - (1-d)·(a - θ)` with `d = min(decay, (1+t)/(10+t))`, `t = step + 1`.
 *
 * The ramp lets the first steps forget the start sooner.
 *
 * References:
 *   Polyak & Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control Optim. 30(4), 1992, https://doi.org/10.1137/0330046
 *
 * @example
 * ```ts
 * const average = movingAverage({ decay: 0.98 })
 * const next = average.update(average.init({ w: scalar(0) }), { w: scalar(1) }, 0) as { w: Scalar }
 * expect(next.w.dataSync()[0]).toBeCloseTo(1 - 2 / 11)
 * ```
 */
export const movingAverage = ({ decay }: { readonly decay: number }): Average => {
  belowOne('decay', decay)
  return {
    init: cloneParams,
    update: (average, params, step) =>
      scope(() => {
        alignedLeaves(average, params)
        const taken = scalar(1 - Math.min(decay, (2 + step) / (11 + step)))
        return zipParams(average, params, (a, param) => scope(() => sub(a, mul(sub(a, param), taken))))
      }),
  }
}
