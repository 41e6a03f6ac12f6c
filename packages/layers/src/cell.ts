import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core'

/** The parameters of every recurrent layer; its gates lie one after another in the columns. */
export type RecurrentParams = {
  /** `[in, gates·units]` */
  readonly kernel: Tensor
  /** `[units, gates·units]` */
  readonly recurrentKernel: Tensor
  /** `[gates·units]` */
  readonly bias: Tensor
  /** `[gates·units]`; only where it is not the same as a part of `bias`, as in a GRU. */
  readonly recurrentBias?: Tensor
}

/** One step of a recurrent layer. */
export interface Cell {
  readonly type: string
  readonly gates: number
  /** True if the affine map of the state has a bias of its own. */
  readonly recurrentBias: boolean
  /** The initial value of each gate's bias. */
  readonly biases: readonly number[]
  /** Inputs per gate at which a step keeps its state, and keeps a state of 0 at 0. A step of padding reads them. */
  readonly idle: readonly number[]
  /** The number of tensors `[batch, units]` in the state; the first is the output. */
  readonly states: number
  /**
   * The kernel that runs all steps, on backends that have it (see `@ptu/wasm-kernels`). Its first result is the output. Where
   * there is one, `PtuMixedSequence` knows the cell by its type.
   */
  readonly fused?: {
    readonly kernel: string
    /**
     * Its inputs: what {@link Cell.step} reads as `input`, for all steps, `[steps, batch, gates·units]`, and a state of
     * 0.
     */
    inputs(x: Tensor, params: RecurrentParams, zero: Tensor): NamedTensorMap
  }
  /** Computes the next state from the affine maps of input and state, both `[batch, gates·units]`, and the state. */
  step(input: Tensor, recurrent: Tensor, state: readonly Tensor[]): readonly Tensor[]
}

/** An input at which a gate is fully open; its negative shuts it. */
export const saturated = 1e3
