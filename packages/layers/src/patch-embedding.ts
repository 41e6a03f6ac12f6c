import type { ParamTree } from '@ptu/tensor'

import { conv2d } from './conv2d.ts'
import { lecunNormal } from './initializers.ts'
import type { Layer } from './layer.ts'
import { reshape } from './reshape.ts'
import { serial } from './serial.ts'

/** The options of {@link patchEmbedding}. */
export interface PatchEmbeddingOptions {
  /** True if a bias is added; default true. */
  readonly bias?: boolean
}

/**
 * Cuts a picture into squares and maps each to a vector, `[batch, height, width, channels] -> [batch, steps, features]`.
 *
 * The squares are `size` pixels wide, row by row from the top left; what is left at the right and at the bottom is not read. It is
 * a convolution whose stride is its size.
 *
 * Throws what a convolution throws.
 *
 * @example
 * ```ts
 * expect(patchEmbedding(192, 16).output([224, 224, 3])).toEqual([196, 192])
 * ```
 *
 * References:
 *   Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021, §3.1, https://arxiv.org/abs/2010.11929
 */
export const patchEmbedding = (
  features: number,
  size: number,
  { bias = true }: PatchEmbeddingOptions = {},
): Layer<readonly ParamTree[]> =>
  serial(
    conv2d(features, size, { stride: size, padding: 'valid', bias, initializer: lecunNormal }),
    reshape([-1, features]),
  )
