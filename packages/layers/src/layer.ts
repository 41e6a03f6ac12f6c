import { split, type Json, type Key } from '@ptu/core'
import type { ParamTree, Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import type { Structure } from './structure.ts'

/**
 * The way a layer runs.
 *
 * Inference draws no noise. Training draws its noise from `key`. `progress` is the part of the run that is done, from 0
 * to 1, for noise that is annealed; it is 0 if the trainer cannot know.
 */
export type Mode =
  { readonly kind: 'train'; readonly key: Key; readonly progress?: number } | { readonly kind: 'infer' }

/** The mode of inference. */
export const infer: Mode = { kind: 'infer' }

/** The mode each of `count` parts of a layer runs in: parts draw noise from independent keys. */
export const splitMode = (mode: Mode, count: number): readonly Mode[] =>
  mode.kind === 'infer'
    ? Array.from({ length: count }, () => mode)
    : split(mode.key, count).map((key) => ({ ...mode, key }))

/** A layer's description as plain JSON: `fromSpec` makes the layer again. */
export type LayerSpec = { readonly type: string } & { readonly [name: string]: Json }

/**
 * A function of parameters and an input, as plain functions over a parameter tree.
 *
 * `init` returns tensors the caller owns. `apply` borrows its arguments and returns one tensor the caller owns.
 * Methods rather than function properties on purpose: so a `Layer<DenseParams>` is a `Layer`.
 */
export interface Layer<P extends ParamTree = ParamTree> {
  readonly spec: LayerSpec
  /** The properties of the function that strategies and `rescale` may assume beyond its values. */
  readonly structure: Structure<P>
  /**
   * The shape of the output for inputs of shape `input`; makes no tensor. Throws `ShapeError` for an input it cannot
   * take.
   */
  output(input: Shape): Shape
  /** Fresh parameters for inputs of shape `input`. */
  init(key: Key, input: Shape): P
  /** The output of shape `[batch, ...output]` for `x` of shape `[batch, ...input]`. */
  apply(params: P, x: Tensor, mode: Mode): Tensor
}

/**
 * A layer in two stages: `apply(params, x, mode) = decode(params, encode(x), mode)`, bit for bit.
 *
 * `encode` is the part that does not depend on a parameter: it can be computed once per example and kept. Every tensor
 * of an encoding has the batch as its first axis. The caller owns the encoding.
 */
export interface StagedLayer<P extends ParamTree = ParamTree> extends Layer<P> {
  /** Computes what does not depend on a parameter. */
  encode(x: Tensor): ParamTree
  /** Computes the rest from the result of `encode`. */
  decode(params: P, encoded: ParamTree, mode: Mode): Tensor
}
