import { ShapeError } from '@ptu/core'
import { scope, type Shape } from '@ptu/tensor'
import { fill, mul, neg, relu, sub, type Tensor } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'

/** Parameters of `prelu`. */
export type PReluParams = {
  /** The factor of negative numbers. It has the input's shape, with 1 for each axis whose positions share a slope. */
  readonly slope: Tensor
}

/** The options of {@link prelu}. */
export interface PReluOptions {
  /** Axes, counted from 0 without the batch, along which all positions share a slope. Default all but the channels. */
  readonly shared?: readonly number[]
}

/**
 * `x` where it is positive, else `slope · x` with a slope that is learnt, `[batch, ...]` to the same; it starts at 0.25.
 *
 * Throws `ShapeError` for an input without axes beside the batch.
 *
 * @example
 * ```ts
 * const block = serial(conv2d(16, 3), prelu())
 * const [, slopes] = block.init(key(0), [28, 28, 1])
 * expect(countParams(slopes ?? [])).toBe(16)
 * ```
 *
 * References:
 *   He, Zhang, Ren & Sun, "Delving deep into rectifiers", ICCV 2015, §2.1, https://arxiv.org/abs/1502.01852
 */
export const prelu = ({ shared }: PReluOptions = {}): Layer<PReluParams> => ({
  spec: { type: 'prelu', ...(shared && { shared }) },
  structure: { kind: 'opaque' },
  output: (input) => {
    if (input.length === 0) throw new ShapeError('prelu: expected an input with axes beside the batch, got [batch]')
    return input
  },
  init: (_key, input) => ({ slope: fill([...slopesOf(input, shared)], 0.25) }),
  // `prelu` of tfjs takes a slope for every number on its backend wasm, whatever the slope's shape
  apply: ({ slope }, x) => scope(() => sub(relu(x), mul(slope, relu(neg(x))))),
})

const slopesOf = (input: Shape, shared?: readonly number[]): Shape =>
  input.map((size, axis) => ((shared ? shared.includes(axis) : axis < input.length - 1) ? 1 : size))
