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
  /** Whether the affine map of the state has a bias of its own. */
  readonly recurrentBias: boolean
  /** What the bias of each gate starts from. */
  readonly biases: readonly number[]
  /** Inputs per gate at which a step keeps the state it has, or a state of 0 at 0: what a step of padding reads. */
  readonly idle: readonly number[]
  /** How many `[batch, units]` make up the state; the first is the output. */
  readonly states: number
  /**
   * The kernel that runs all steps, on backends that have it (see `@ptu/wasm-kernels`). Its first result is the output. Where
   * there is one, `PtuMixedSequence` knows the cell by its type.
   */
  readonly fused?: {
    readonly kernel: string
    /** Its inputs: what {@link Cell.step} reads as `input` for all steps, `[steps, batch, gates·units]`, and a state of 0. */
    inputs(x: Tensor, params: RecurrentParams, zero: Tensor): NamedTensorMap
  }
  /** The next state, of the affine maps of the input and of the state, both `[batch, gates·units]`, and the state. */
  step(input: Tensor, recurrent: Tensor, state: readonly Tensor[]): readonly Tensor[]
}

/** An input at which a gate is fully open; its negative shuts it. */
export const saturated = 1e3
