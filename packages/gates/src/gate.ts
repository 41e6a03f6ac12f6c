import type { Key } from '@ptu/core'
import type { Mode } from '@ptu/layers'
import type { ParamTree, Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

/** The outputs of the branches of a unit for one input, all `[batch, ..., channels]`. */
export interface Branches {
  /** By the source's parameters, which are frozen. */
  readonly source: Tensor
  /** By parameters that started at the source's and are trained. */
  readonly fineTuned: Tensor
  /** By parameters that started at random and are trained; only units of three branches have it. */
  readonly random?: Tensor
}

/**
 * The openness of the two gates, each in [0, 1]. Its shape is `[channels]`, a scalar for all channels, or
 * `[batch, 1, ..., 1, channels]` where every example of a batch has its own.
 */
export interface Openness {
  /** 0 keeps the source, 1 lets the target in. */
  readonly update: Tensor
  /** 1 takes the fine-tuned branch, 0 the random one; units of two branches have none. */
  readonly fineTune?: Tensor
}

/** The number of branches of a unit. */
export type BranchCount = 2 | 3

/**
 * Decides how the branches of a unit are mixed. A gate is a value: other equations are another gate.
 *
 * `init` returns tensors the caller owns; `apply` borrows and returns one tensor the caller owns, shaped like a branch.
 */
export interface Gate<P extends ParamTree = ParamTree> {
  readonly name: string
  readonly branches: BranchCount
  /** Makes fresh parameters for units of this many channels. */
  init(key: Key, channels: number): P
  /** The branches, mixed. */
  apply(params: P, branches: Branches, mode: Mode): Tensor
  /**
   * Samples the openness in this mode, noise included, for branches of shape `[batch, ..., channels]`. Present where the
   * openness does not depend on the values of the branches. Then
   * `apply(params, branches, mode) = mix(sample(params, shape, mode), branches)` bit for bit, so that parameters may be
   * mixed instead of outputs. The caller owns the result.
   */
  sample?(params: P, shape: Shape, mode: Mode): Openness
  /**
   * Computes the openness at inference. Present where it depends on the parameters alone; only then a unit can be folded.
   * The caller owns the result.
   */
  openness?(params: P): Openness
}
