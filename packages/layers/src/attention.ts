import { ShapeError } from '@ptu/core'
import { scope, type ParamTree, type Shape } from '@ptu/tensor'
import { add, matMul, mul, reshape, softmax, sub, tensor, transpose, unstack, type Tensor } from '@tensorflow/tfjs-core'

import { concatenate } from './concatenate.ts'
import { dense } from './dense.ts'
import { dropout } from './dropout.ts'
import { fused } from './fused.ts'
import { glorotUniform } from './initializers.ts'
import type { Layer } from './layer.ts'
import { checkCount } from './options.ts'
import { rotaryPositions } from './rotary-positions.ts'
import { realSteps, sequenceShape, type MaskedOptions } from './sequence.ts'
import { serial } from './serial.ts'
import { timeDistributed } from './time-distributed.ts'

/** The options of {@link dotProductAttention}. */
export interface AttentionOptions extends MaskedOptions {
  /** The probability with which a weight of the attention is set to 0 in training. Default 0. */
  readonly dropout?: number
  /** The distance in steps beyond which a step attends to no other. Default none: every step attends to every step. */
  readonly window?: number
}

/** The options of {@link selfAttention}. */
export interface SelfAttentionOptions extends AttentionOptions {
  /** The base of {@link rotaryPositions}, if queries and keys are turned by their positions. Default none: they are not. */
  readonly rotary?: number
}

/** A score below that of any real step: its weight is exactly 0 in 32 bits. */
const never = -1e9

/**
 * Attention of every step to every step in several heads, `[batch, steps, 3 · features] -> [batch, steps, features]`.
 *
 * The input holds queries, keys and values side by side, each of `features` channels, which the heads share evenly. In a head of
 * `d` channels, `y = softmax(Q·Kᵀ / √d)·V` over the steps. It has no parameters: the maps that make `Q`, `K` and `V` are layers
 * of their own, as in {@link selfAttention}, so a unit mixes them channel by channel.
 *
 * If masked, no step attends to padding, and steps of padding stay 0. With a window, step `i` attends to step `j` only where
 * `|i - j|` is at most the window.
 *
 * Throws `OptionError` for a number of heads or a window that is no positive integer or a dropout outside [0, 1), `ShapeError` for an
 * input that is no sequence or whose channels the heads cannot share.
 *
 * @example
 * ```ts
 * expect(dotProductAttention(4).output([10, 3 * 32])).toEqual([10, 32])
 * ```
 *
 * References:
 *   Vaswani et al., "Attention is all you need", NeurIPS 2017, §3.2, https://arxiv.org/abs/1706.03762
 */
export const dotProductAttention = (
  heads: number,
  { masked = false, dropout: rate = 0, window = Infinity }: AttentionOptions = {},
): Layer<readonly []> => {
  const name = `dotProductAttention(${heads})`
  checkCount(name, 'heads', heads)
  if (window !== Infinity) checkCount(name, 'window', window)
  const dropped = dropout(rate)
  const shapeOf = (input: Shape): readonly [number, number] => {
    const [steps, channels] = sequenceShape(name, input)
    if (channels % (3 * heads) !== 0)
      throw new ShapeError(
        `${name}: expected queries, keys and values of channels that ${heads} divides, got [batch, ${steps}, ${channels}]`,
      )
    return [steps, channels / 3]
  }
  return {
    spec: { type: 'dotProductAttention', heads, dropout: rate, masked, ...(window < Infinity && { window }) },
    structure: { kind: 'opaque' },
    output: shapeOf,
    init: () => [],
    apply: (_params, x, mode) =>
      scope(() => {
        const [steps, features] = shapeOf(x.shape.slice(1))
        const isWhole = window >= steps - 1 && (rate === 0 || mode.kind === 'infer')
        const inOnePass = isWhole ? fused('PtuAttention', { x }, { heads, masked }) : undefined
        if (inOnePass) return inOnePass
        const [q = x, k = x, v = x] = inHeads(x, heads)
        const scores = mul(matMul(q, k, false, true), 1 / Math.sqrt(features / heads))
        const real = masked ? realSteps(x) : undefined
        const weights = softmax(refusalsOf(steps, window, real).reduce<Tensor>(add, scores))
        const y = matMul(dropped.apply([], weights, mode), v)
        const joined = reshape(transpose(y, [0, 2, 1, 3]), [x.shape[0], steps, features])
        return real ? mul(joined, real) : joined
      }),
  }
}

/** Queries, keys and values, each `[batch, heads, steps, channels of a head]`. */
const inHeads = (x: Tensor, heads: number): readonly Tensor[] => {
  const [batch = 1, steps = 1, channels = 3] = x.shape
  return unstack(transpose(reshape(x, [batch, steps, 3, heads, channels / (3 * heads)]), [2, 0, 3, 1, 4]))
}

/** The numbers that are added to the scores, `[batch, heads, steps, steps]`, so that no step attends beyond a window or to padding. */
const refusalsOf = (steps: number, window: number, real: Tensor | undefined): readonly Tensor[] => [
  ...(window >= steps - 1 ? [] : [beyond(steps, window)]),
  ...(real === undefined ? [] : [mul(sub(1, reshape(real, [real.shape[0], 1, 1, steps])), never)]),
]

/** The numbers that are added to the scores so that no step attends beyond a window, `[steps, steps]`. */
const beyond = (steps: number, window: number): Tensor =>
  tensor(
    Float32Array.from({ length: steps * steps }, (_, place) =>
      Math.abs(Math.floor(place / steps) - (place % steps)) > window ? never : 0,
    ),
    [steps, steps],
  )

/**
 * Multi-head self-attention, `[batch, steps, in] -> [batch, steps, features]`.
 *
 * Three dense layers make the queries, keys and values of each step, {@link dotProductAttention} joins the steps, a fourth dense
 * layer mixes the heads. The parameters are `[[query, key, value], [], output]`, each `{ kernel, bias }`; with rotary positions, which
 * have none, `[[query, key, value], [], [], output]`. If masked, steps of padding are not attended to and stay 0.
 *
 * Throws what its layers throw.
 *
 * @example
 * ```ts
 * const attention = selfAttention(32, 4, { masked: true })
 * expect(attention.output([10, 32])).toEqual([10, 32])
 * ```
 *
 * References:
 *   Vaswani et al., "Attention is all you need", NeurIPS 2017, §3.2.2, https://arxiv.org/abs/1706.03762
 */
export const selfAttention = (
  features: number,
  heads: number,
  { rotary, ...options }: SelfAttentionOptions = {},
): Layer<readonly ParamTree[]> => {
  const { masked = false } = options
  const map = (): Layer => timeDistributed(dense(features, { initializer: glorotUniform }), { masked })
  const turns = rotary === undefined ? [] : [rotaryPositions(heads, { base: rotary })]
  return serial(concatenate(map(), map(), map()), ...turns, dotProductAttention(heads, options), map())
}
