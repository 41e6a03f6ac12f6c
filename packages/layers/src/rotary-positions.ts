import { ShapeError } from '@ptu/core'
import { scope, type Shape } from '@ptu/tensor'
import { add, concat, mul, reshape, slice, sub, tensor, type Tensor } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'
import { checkCount, checkPositive } from './options.ts'
import { sequenceShape } from './sequence.ts'

/** The options of {@link rotaryPositions}. */
export interface RotaryOptions {
  /** The number whose powers make the slower turns. Default 10,000. */
  readonly base?: number
}

/**
 * The angles by which the pairs of channels of a head turn from one step to the next, `base^(-2i / channels)` for the `i`th pair, the
 * first pair fastest.
 *
 * @example
 * ```ts
 * expect([...rotaryFrequencies(4, 100)]).toEqual([1, Math.fround(0.1)])
 * ```
 */
export const rotaryFrequencies = (channels: number, base: number): Float32Array =>
  Float32Array.from({ length: channels / 2 }, (_, i) => base ** ((-2 * i) / channels))

/**
 * Positions as turns, `[batch, steps, 3 · features]` to the same: turns queries and keys by angles that grow with their step.
 *
 * The input holds queries, keys and values side by side, as {@link dotProductAttention} reads them. In a head of `d` channels, channel
 * `i` and channel `i + d/2` are a pair `(a, b)`; at step `t` it becomes `(a·cos - b·sin, b·cos + a·sin)` of the angle
 * `t · base^(-2i/d)`. The product of a query and a key then depends on the difference of their steps. Values stay as they are. It has
 * no parameters, and steps of zeros stay 0.
 *
 * Throws `OptionError` for a number of heads that is no positive integer or a base that is not above 0, `ShapeError` for an input that
 * is no sequence or whose channels the heads cannot share in pairs.
 *
 * @example
 * ```ts
 * const attention = serial(rotaryPositions(4), dotProductAttention(4))
 * expect(attention.output([10, 3 * 32])).toEqual([10, 32])
 * ```
 *
 * References:
 *   Su, Lu, Pan, Murtadha, Wen & Liu, "RoFormer: enhanced transformer with rotary position embedding", 2021, §3.2, https://arxiv.org/abs/2104.09864
 */
export const rotaryPositions = (heads: number, { base = 10_000 }: RotaryOptions = {}): Layer<readonly []> => {
  const name = `rotaryPositions(${heads})`
  checkCount(name, 'heads', heads)
  checkPositive(name, 'base', base)
  const shapeOf = (input: Shape): readonly [number, number] => {
    const [steps, channels] = sequenceShape(name, input)
    if (channels % (6 * heads) !== 0)
      throw new ShapeError(
        `${name}: expected queries, keys and values of pairs of channels that ${heads} divides, got [batch, ${steps}, ${channels}]`,
      )
    return [steps, channels]
  }
  return {
    spec: { type: 'rotaryPositions', heads, base },
    structure: { kind: 'homogeneous' },
    output: shapeOf,
    init: () => [],
    apply: (_params, x) =>
      scope(() => {
        const [steps, channels] = shapeOf(x.shape.slice(1))
        const half = channels / (6 * heads)
        const turns = turnsOf(steps, rotaryFrequencies(2 * half, base))
        // queries and keys in pairs of halves: [batch · steps, 2 · heads, 2, half]
        const [turned, kept] = [(2 * channels) / 3, channels / 3].map((size, i) =>
          slice(x, [0, 0, i * ((2 * channels) / 3)], [-1, -1, size]),
        ) as [Tensor, Tensor]
        const pairs = reshape(turned, [-1, steps, 4 * heads, half])
        return concat([reshape(turnedBy(pairs, turns), turned.shape), kept], 2)
      }),
  }
}

/** The cosine and the sine of the angle of each pair at each step. */
interface Turns {
  /** `[steps, 1, pairs]`. */
  readonly cosines: Tensor
  /** `[steps, 1, pairs]`. */
  readonly sines: Tensor
}

/** Computes them in JavaScript: the functions of graphics processors miss the fourth digit of large angles. */
const turnsOf = (steps: number, frequencies: Float32Array): Turns => {
  const pairs = frequencies.length
  const angles = Float32Array.from(
    { length: steps * pairs },
    (_, place) => Math.floor(place / pairs) * (frequencies[place % pairs] ?? 0),
  )
  const [cosines, sines] = [angles.map(Math.cos), angles.map(Math.sin)]
  return { cosines: tensor(cosines, [steps, 1, pairs]), sines: tensor(sines, [steps, 1, pairs]) }
}

/** `[batch, steps, 2 · heads, pairs]`, in which each head has two rows, the first and the second numbers of its pairs. */
const turnedBy = (rows: Tensor, { cosines, sines }: Turns): Tensor => {
  const [batch = 1, steps = 1, count = 2, pairs = 1] = rows.shape
  const split = reshape(rows, [batch * steps, count / 2, 2, pairs])
  const [a, b] = [0, 1].map((row) =>
    reshape(slice(split, [0, 0, row, 0], [-1, -1, 1, -1]), [batch, steps, count / 2, pairs]),
  ) as [Tensor, Tensor]
  const first = sub(mul(a, cosines), mul(b, sines))
  const second = add(mul(b, cosines), mul(a, sines))
  return concat([first, second], 3)
}
