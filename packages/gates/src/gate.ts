import type { Key } from '@ptu/core'
import type { Mode } from '@ptu/layers'
import type { ParamTree, Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

/** What a unit mixes: the outputs of its branches for one input, all `[batch, ..., channels]`. */
export interface Branches {
  /** By the source's parameters, which are frozen. */
  readonly source: Tensor
  /** By parameters that started at the source's and are trained. */
  readonly fineTuned: Tensor
  /** By parameters that started at random and are trained; only units of three branches have it. */
  readonly random?: Tensor
}

/**
 * How far the two gates are open, each in [0, 1]: `[channels]`, a scalar for all channels, or for each example of a batch
 * `[batch, 1, ..., 1, channels]`.
 */
export interface Openness {
  /** 0 keeps the source, 1 lets the target in. */
  readonly update: Tensor
  /** 1 takes the fine-tuned branch, 0 the random one; units of two branches have none. */
  readonly fineTune?: Tensor
}

/** How many branches a unit mixes. */
export type BranchCount = 2 | 3

/**
 * Decides how the branches of a unit are mixed. A gate is a value, so other equations are other gates.
 *
 * `init` returns tensors the caller owns; `apply` borrows and returns one tensor the caller owns, shaped like a branch.
 */
export interface Gate<P extends ParamTree = ParamTree> {
  readonly name: string
  readonly branches: BranchCount
  /** Fresh parameters for units of so many channels. */
  init(key: Key, channels: number): P
  /** The branches, mixed. */
  apply(params: P, branches: Branches, mode: Mode): Tensor
  /**
   * How far the gates are open in this mode, noise included, where that does not depend on the branches, which have the
   * given shape `[batch, ..., channels]`. Then `apply(params, branches, mode) = mix(sample(params, shape, mode), branches)`
   * bit for bit, so that parameters may be mixed in place of outputs. The caller owns the result.
   */
  sample?(params: P, shape: Shape, mode: Mode): Openness
  /**
   * How far the gates are open at inference, where that depends on the parameters alone. Then and only then a unit can
   * be folded. The caller owns the result.
   */
  openness?(params: P): Openness
}
