import { scope } from '@ptu/tensor'
import { reshape } from '@tensorflow/tfjs-core'

import { averagePool } from './average-pool.ts'
import type { Layer } from './layer.ts'
import { maxPool } from './max-pool.ts'
import type { PoolOptions } from './pool.ts'
import { sequenceShape } from './sequence.ts'
import { placePads, type Extent } from './window.ts'

/** The options of a pooling layer over steps. */
export interface StepPoolOptions {
  /** Default `size`: windows that touch and do not overlap. */
  readonly stride?: number
  /** Default `'valid'`. Padding never enters the result. */
  readonly padding?: 'same' | 'valid'
}

/**
 * Turns a pool over maps into one over steps.
 *
 * The steps become a map of width 1 with `size - 1` columns of padding beside it, so that one window is as wide as the
 * map.
 */
const overSteps =
  (type: string, pool: (size: Extent, options: PoolOptions) => Layer<readonly []>) =>
  (size: number, { stride = size, padding = 'valid' }: StepPoolOptions = {}): Layer<readonly []> => {
    const name = `${type}(${size})`
    const over = (steps: number): Layer<readonly []> => {
      const [, sides] = placePads({ size, stride, padding, dilation: 1 }, steps, 1)
      return pool(size, { stride, padding: [sides, [0, size - 1]] })
    }
    pool(size, { stride, padding }) // throws for options that cannot be
    return {
      spec: { type, size, stride, padding },
      structure: { kind: 'homogeneous' },
      output: (input) => {
        const [steps, features] = sequenceShape(name, input)
        const [left = 0] = over(steps).output([steps, 1, features])
        return [left, features]
      },
      init: () => [],
      apply: (_params, x) =>
        scope(() => {
          const [batch = 1, steps = 1, features = 1] = x.shape
          const y = over(steps).apply([], reshape(x, [batch, steps, 1, features]), { kind: 'infer' })
          return reshape(y, [batch, -1, features])
        }),
    }
  }

/**
 * The maximum over each window of steps, `[batch, steps, features] -> [batch, steps', features]`.
 *
 * Throws `OptionError` for counts that are no positive integers, `ShapeError` for an input that the window does not fit in.
 *
 * @example
 * ```ts
 * expect(maxPool1d(2).output([20, 8])).toEqual([10, 8])
 * ```
 */
export const maxPool1d: (size: number, options?: StepPoolOptions) => Layer<readonly []> = overSteps(
  'maxPool1d',
  maxPool,
)

/**
 * The mean over each window of steps, `[batch, steps, features] -> [batch, steps', features]`; padding is not counted.
 *
 * Throws as {@link maxPool1d} does.
 *
 * @example
 * ```ts
 * expect(averagePool1d(2).output([20, 8])).toEqual([10, 8])
 * ```
 */
export const averagePool1d: (size: number, options?: StepPoolOptions) => Layer<readonly []> = overSteps(
  'averagePool1d',
  averagePool,
)
