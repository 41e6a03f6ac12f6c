import { OptionError, stream, type Key } from '@ptu/core'
import { scope } from '@ptu/tensor'
import { mul, tensor, type Tensor } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'

/**
 * Sets each entry to 0 with probability `rate` in training and divides the rest by `1 - rate`; at inference it passes
 * its input on. Any shape.
 *
 * Throws `OptionError` for a rate outside [0, 1).
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
      mode.kind === 'infer' || rate === 0 ? x.clone() : scope(() => mul(x, noise(mode.key, x, rate))),
  }
}

/** Shaped like `x`: 0 with probability `rate`, else `1 / (1 - rate)`. */
const noise = (key: Key, x: Tensor, rate: number): Tensor => {
  const next = stream(key)
  const [dropped, kept] = [rate * 2 ** 32, 1 / (1 - rate)]
  const values = new Float32Array(x.size)
  // A product rather than a branch, which would be mispredicted every other time.
  for (let i = 0; i < values.length; i++) values[i] = kept * Number(next() >= dropped)
  return tensor(values, x.shape, 'float32')
}
