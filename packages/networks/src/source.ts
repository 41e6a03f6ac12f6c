import type { Layer } from '@ptu/layers'
import type { ParamTree, Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

/** One block of a source, seen from outside. */
export interface SourceBlock {
  readonly name: string
  /** The shape the block turns its input into; a black box may ignore the input's. */
  output(input: Shape): Shape
}

/** A block that can be looked into: its function and its pretrained parameters. A black box has none. */
export interface OpenBlock extends SourceBlock {
  readonly layer: Layer
  readonly params: ParamTree
}

/** A pretrained network, input side first. It is never trained. */
export interface SourceNetwork<B extends SourceBlock = SourceBlock> {
  readonly blocks: readonly B[]
  /** The activation after each block; the caller owns them. */
  activations(x: Tensor): readonly Tensor[]
}

/** A block of a body that is not trained yet. */
export interface NamedLayer {
  readonly name: string
  readonly layer: Layer
}

/** The part of a network before its head, as named blocks, input side first. */
export type Body = readonly NamedLayer[]
