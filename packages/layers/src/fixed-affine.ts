import { OptionError, ShapeError } from '@ptu/core'
import { scope } from '@ptu/tensor'
import { add, mul, tensor1d, type Tensor } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'

/** The numbers of a {@link fixedAffine} layer: one for each channel, or one for all. */
export interface FixedAffineOptions {
  readonly scale?: readonly number[]
  readonly shift?: readonly number[]
}

/**
 * A scale and a shift that are never learnt, such as what brings pixels to the range of a network: `y = scale · x + shift`
 * along the last axis, `[..., channels] -> [..., channels]`.
 *
 * Its numbers stand in its spec, so no strategy moves them. Throws `OptionError` for numbers that are not finite or lists
 * that are empty, `ShapeError` for an input of another number of channels.
 *
 * @example
 * ```ts
 * const toPlusMinusOne = fixedAffine({ scale: [1 / 127.5], shift: [-1] }) // of pixels from 0 to 255
 * expect(toPlusMinusOne.output([28, 28, 3])).toEqual([28, 28, 3])
 * ```
 */
export const fixedAffine = ({ scale = [1], shift = [0] }: FixedAffineOptions): Layer<readonly []> => {
  for (const numbers of [scale, shift])
    if (numbers.length === 0 || !numbers.every(Number.isFinite))
      throw new OptionError(`fixedAffine: expected finite numbers, one for each channel or one for all, got [${numbers.join(', ')}]`) // prettier-ignore
  return {
    spec: { type: 'fixedAffine', scale, shift },
    structure: { kind: shift.every((number) => number === 0) ? 'homogeneous' : 'opaque' },
    output: (input) => {
      const channels = input.at(-1) ?? 1
      for (const { length } of [scale, shift])
        if (length !== 1 && length !== channels)
          throw new ShapeError(`fixedAffine: expected an input of ${length} channels, got ${channels}`)
      return input
    },
    init: () => [],
    apply: (_params, x) => scope((): Tensor => add(mul(x, tensor1d([...scale])), tensor1d([...shift]))),
  }
}
