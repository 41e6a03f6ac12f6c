import type { Key } from '@ptu/core'
import type { Openness } from '@ptu/gates'
import type { Layer, Mode } from '@ptu/layers'
import type { OpenBlock, SourceBlock } from '@ptu/networks'
import type { ParamTree, Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

/** What a block reads. */
export interface BlockInput {
  /** What the target computed below, `[batch, ...]`. */
  readonly x: Tensor
  /** What the source computed at this depth; present for blocks that observe it. */
  readonly source?: Tensor
  /** What `prepare` made of `x`, where it was kept. */
  readonly prepared?: ParamTree
}

/** A plain layer and its parameters; the caller owns the parameters. */
export interface Folded {
  readonly layer: Layer
  readonly params: ParamTree
}

/** How far the gates of one unit of a block are open. The caller owns the tensors. */
export interface UnitOpenness extends Openness {
  /** Which unit of the block, from 0. */
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
  /** Whether there is anything to learn. Blocks before the first that learns are computed once per example. */
  readonly learns: boolean
  /** Whether the block reads what the source computed at its depth. */
  readonly observes: boolean
  /** The shape an input of shape `input` becomes. */
  output(input: Shape): Shape
  /** What is to be learnt, for inputs of shape `input`; the caller owns it. */
  init(key: Key, input: Shape): P
  /** Borrows all; the caller owns the result. */
  apply(params: P, input: BlockInput, mode: Mode): Tensor
  /** What depends on the input alone and not on a parameter, so that it can be kept per example. */
  prepare?(x: Tensor): ParamTree
  /** The same function at inference without source, gates or branches. Absent for blocks of a black box. */
  fold?(params: P): Folded
  /** How far the gates are open, of blocks that have gates which depend on their parameters alone. */
  gates?(params: P): readonly UnitOpenness[]
}

/** How one block of a source is carried over to the target: strategies are interchangeable. */
export type Strategy<B extends SourceBlock = OpenBlock> = (block: B) => TransferBlock

/** A plan that does not fit its source, or a model that cannot do what was asked. A bug of the caller. */
export class PlanError extends Error {
  override readonly name = 'PlanError'
}
