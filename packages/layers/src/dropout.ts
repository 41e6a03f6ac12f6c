import { OptionError } from '@ptu/core'
import { bernoulli, scope } from '@ptu/tensor'
import { div, mul } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'

/**
 * Sets each entry to 0 with probability `rate` in training and divides the rest by `1 - rate`; at inference it passes
 * its input on. Any shape.
 *
 * Throws `OptionError` for a rate outside of [0, 1).
 *
 * @example
 * ```ts
 * const head = serial(flatten, dropout(0.5), dense(10))
 * ```
 *
 * References:
 *   Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15, 2014, §4, https://jmlr.org/papers/v15/srivastava14a.html
 */
export const dropout = (rate: number): Layer<readonly []> => {
  if (!(rate >= 0 && rate < 1)) throw new OptionError(`dropout: expected a rate in [0, 1), got ${String(rate)}`)
  return {
    spec: { type: 'dropout', rate },
    structure: { kind: 'homogeneous' },
    output: (input) => input,
    init: () => [],
    apply: (_params, x, mode) =>
      mode.kind === 'infer' || rate === 0
        ? x.clone()
        : scope(() => mul(x, div(bernoulli(mode.key, x.shape, 1 - rate), 1 - rate))),
  }
}
