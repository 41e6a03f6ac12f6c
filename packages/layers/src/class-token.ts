import { ShapeError } from '@ptu/core'
import type { ParamTree } from '@ptu/tensor'
import { pad, type Tensor3D } from '@tensorflow/tfjs-core'

import type { EmbeddingParams } from './embedding.ts'
import type { Layer } from './layer.ts'
import { firstRows, learntSteps } from './learnt-steps.ts'
import { residual } from './residual.ts'
import { serial } from './serial.ts'
import { zeroPad1d } from './zero-pad1d.ts'

/**
 * Learnt vectors at the first steps of a sequence and zeros at the others, `[batch, steps, features]` to the same, whatever the
 * input's numbers.
 *
 * Throws `OptionError` for a count that is no positive integer, `ShapeError` for fewer steps than vectors.
 *
 * @example
 * ```ts
 * expect(leadingTokens(1).output([50, 64])).toEqual([50, 64])
 * ```
 */
export const leadingTokens = (count: number): Layer<EmbeddingParams> => {
  const name = `leadingTokens(${count})`
  return learntSteps({
    spec: { type: 'leadingTokens', count },
    ...{ name, masked: false, rows: count },
    check: (steps) => {
      if (steps < count) throw new ShapeError(`${name}: expected at least ${count} steps, got ${steps}`)
    },
    pick: (table, steps) => pad(firstRows(table, count) as Tensor3D, [[0, 0], [0, steps - count], [0, 0]]), // prettier-ignore
  })
}

/**
 * Puts a learnt vector before a sequence, `[batch, steps, features] -> [batch, 1 + steps, features]`: the class token of vision
 * transformers, at which the class of a picture is read after the last block.
 *
 * It is {@link leadingTokens} added to a step of zeros, so that what is learnt is linear in its parameters and can be mixed.
 *
 * Throws `ShapeError` for an input that is no sequence.
 *
 * @example
 * ```ts
 * expect(classToken().output([49, 64])).toEqual([50, 64])
 * ```
 *
 * References:
 *   Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021, §3.1, https://arxiv.org/abs/2010.11929
 */
export const classToken = (): Layer<readonly ParamTree[]> => serial(zeroPad1d([1, 0]), residual(leadingTokens(1)))
