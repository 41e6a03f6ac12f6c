import { ShapeError } from '@ptu/core'
import { scope, type Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import type { SourceNetwork } from './source.ts'

/**
 * Makes a source that cannot be looked into from a function and the shapes of its results, one block each, input side
 * first.
 *
 * Anything that computes features can be such a source: a `.tflite` model, a synchronous ONNX session, a table of
 * embeddings. `observe` and `ptuOver` carry its blocks over; fine-tuning them does not compile, as they have no
 * parameters. Its results are constants: no gradient passes through them.
 *
 * `activations` returns a tensor of shape `[batch, ...shape]` for each block; the caller owns them. Throws `ShapeError`
 * if its tensors have other shapes.
 *
 * @example
 * ```ts
 * const source = fromFunction((x) => [square(x)], { energy: [8] })
 * expect(source.blocks[0]?.output([8])).toEqual([8])
 * ```
 */
export const fromFunction = (
  activations: (x: Tensor) => readonly Tensor[],
  shapes: Readonly<Record<string, Shape>>,
): SourceNetwork => {
  const blocks = Object.entries(shapes).map(([name, shape]) => ({ name, output: () => shape }))
  const promised = (batch: number): string =>
    Object.values(shapes)
      .map((shape) => listed([batch, ...shape]))
      .join(', ')
  return {
    blocks,
    activations: (x) =>
      scope(() => {
        const found = activations(x)
        const wanted = promised(x.shape[0])
        const got = found.map(({ shape }) => listed(shape)).join(', ')
        if (got !== wanted)
          throw new ShapeError(`fromFunction: expected tensors of the promised shapes ${wanted}, got ${got || 'none'}`)
        return found
      }),
  }
}

const listed = (shape: Shape): string => `[${shape.join(', ')}]`
