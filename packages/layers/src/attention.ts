import { ShapeError } from '@ptu/core'
import { scope, type ParamTree, type Shape } from '@ptu/tensor'
import { add, matMul, mul, reshape, softmax, sub, transpose, unstack, type Tensor } from '@tensorflow/tfjs-core'

import { concatenate } from './concatenate.ts'
import { dense } from './dense.ts'
import { dropout } from './dropout.ts'
import { fused } from './fused.ts'
import { glorotUniform } from './initializers.ts'
import type { Layer } from './layer.ts'
import { checkCount } from './options.ts'
import { realSteps, sequenceShape, type MaskedOptions } from './sequence.ts'
import { serial } from './serial.ts'
import { timeDistributed } from './time-distributed.ts'

/** The options of {@link dotProductAttention} and {@link selfAttention}. */
export interface AttentionOptions extends MaskedOptions {
  /** The probability with which a weight of the attention is set to 0 in training. Default 0. */
  readonly dropout?: number
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
 * If masked, no step attends to padding, and steps of padding stay 0.
 *
 * Throws `OptionError` for a number of heads that is no positive integer or a dropout outside [0, 1), `ShapeError` for an input
 * that is no sequence or whose channels the heads cannot share.
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
  { masked = false, dropout: rate = 0 }: AttentionOptions = {},
): Layer<readonly []> => {
  const name = `dotProductAttention(${heads})`
  checkCount(name, 'heads', heads)
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
    spec: { type: 'dotProductAttention', heads, dropout: rate, masked },
    structure: { kind: 'opaque' },
    output: shapeOf,
    init: () => [],
    apply: (_params, x, mode) =>
      scope(() => {
        const [steps, features] = shapeOf(x.shape.slice(1))
        const whole = rate === 0 || mode.kind === 'infer'
        const inOnePass = whole ? fused('PtuAttention', { x }, { heads, masked }) : undefined
        if (inOnePass) return inOnePass
        const [q = x, k = x, v = x] = inHeads(x, heads)
        const scores = mul(matMul(q, k, false, true), 1 / Math.sqrt(features / heads))
        const real = masked ? realSteps(x) : undefined
        const weights = softmax(real ? add(scores, refusalsOf(real)) : scores)
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

/** The numbers that are added to the scores so that no step attends to padding, `[batch, 1, 1, steps]`. */
const refusalsOf = (real: Tensor): Tensor => {
  const [batch = 1, steps = 1] = real.shape
  return mul(sub(1, reshape(real, [batch, 1, 1, steps])), never)
}

/**
 * Multi-head self-attention, `[batch, steps, in] -> [batch, steps, features]`.
 *
 * Three dense layers make the queries, keys and values of each step, {@link dotProductAttention} joins the steps, a fourth dense
 * layer mixes the heads. The parameters are `[[query, key, value], [], output]`, each `{ kernel, bias }`. If masked, steps of
 * padding are not attended to and stay 0.
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
  { masked = false, dropout: rate = 0 }: AttentionOptions = {},
): Layer<readonly ParamTree[]> => {
  const map = (): Layer => timeDistributed(dense(features, { initializer: glorotUniform }), { masked })
  return serial(concatenate(map(), map(), map()), dotProductAttention(heads, { masked, dropout: rate }), map())
}
