import type { Key } from '@ptu/core'
import type { Openness } from '@ptu/gates'
import type { Layer, Mode } from '@ptu/layers'
import type { OpenBlock, SourceBlock } from '@ptu/networks'
import type { ParamTree, Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

/** The input of one block of the target. */
export interface BlockInput {
  /** The output of the target's block below, `[batch, ...]`. */
  readonly x: Tensor
  /** The source's activation at this depth; present for blocks that observe it. */
  readonly source?: Tensor
  /** The result of `prepare(x)`, if it was kept. */
  readonly prepared?: ParamTree
}

/** A plain layer and its parameters; the caller owns the parameters. */
export interface Folded {
  readonly layer: Layer
  readonly params: ParamTree
}

/** The openness of the gates of one unit of a block. The caller owns the tensors. */
export interface UnitOpenness extends Openness {
  /** The number of the unit within its block, from 0. */
  readonly unit: number
}

/**
 * One block of a source, carried over to the target. Its parameters are only what is to be learnt: frozen tensors are
 * closed over, so they have no gradient, no optimizer state and no flag.
 */
export interface TransferBlock<P extends ParamTree = ParamTree> {
  readonly name: string
  /** The strategy's name, for tables and files. */
  readonly strategy: string
  /** True if there is something to learn. Blocks before the first that learns are computed once per example. */
  readonly learns: boolean
  /** True if the block reads the source's activation at its depth. */
  readonly observes: boolean
  /** The shape an input of shape `input` becomes. */
  output(input: Shape): Shape
  /** Fresh parameters to learn, for inputs of shape `input`; the caller owns them. */
  init(key: Key, input: Shape): P
  /** Borrows all; the caller owns the result. */
  apply(params: P, input: BlockInput, mode: Mode): Tensor
  /** The part that depends on the input alone and on no parameter, so that it can be kept per example. */
  prepare?(x: Tensor): ParamTree
  /** The same function at inference without source, gates or branches. Absent for blocks of a black box. */
  fold?(params: P): Folded
  /** The openness of the gates, for blocks whose gates depend on their parameters alone. */
  gates?(params: P): readonly UnitOpenness[]
}

/** A function from a block of the source to a block of the target. Strategies are interchangeable. */
export type Strategy<B extends SourceBlock = OpenBlock> = (block: B) => TransferBlock

/** A plan that does not fit its source, or a model that cannot do what was asked. A bug of the caller. */
export class PlanError extends Error {
  override readonly name = 'PlanError'
}
