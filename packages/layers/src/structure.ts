import type { ParamTree, Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'

/** Parameters of one layer: the source's, which are frozen, and those that learn. */
export interface MixedParams<P extends ParamTree = ParamTree> {
  readonly source: P
  readonly fineTuned: P
  readonly random?: P
}

/** Gates of shape `[channels]`, `[batch, 1, ..., 1, channels]` or scalar; the fine-tune gate comes with random parameters. */
export interface MixedGates {
  readonly update: Tensor
  readonly fineTune?: Tensor
}

/** Applies a layer under `(1 - u)·P_S + u·(f·P_R + (1 - f)·P_T)`, of two branches `(1 - u)·P_S + u·P_R`. */
export interface Mixer<P extends ParamTree = ParamTree> {
  /** Differentiable in all but the source's parameters. Borrows; the caller owns the result. */
  apply(params: MixedParams<P>, gates: MixedGates, x: Tensor): Tensor
}

/**
 * Linear in the parameters, channel by channel: for any numbers `a`, `b` per output channel,
 * `apply(a·P + b·Q, x) = a·apply(P, x) + b·apply(Q, x)`. Convolutions, dense layers and normalisations with a learnt
 * scale and shift are; so mixing their parameters is the same as mixing their outputs.
 */
export interface Affine<P extends ParamTree = ParamTree> {
  readonly kind: 'affine'
  /** Parameters whose output is `factor` times as large; `factor` is `[channels]`. Borrows; the caller owns the result. */
  scale(params: P, factor: Tensor): P
  /**
   * Parameters `Q` with `apply(Q, before · x) = after · apply(params, x)`. The caller owns them. Absent where there are
   * none, as in a layer that normalises its input.
   */
  rescale?(params: P, before: number, after: number): P
  /**
   * Mixes parameters, per example and channel, for inputs of a shape. The same as mixing outputs, but for rounding, and
   * bit for bit where the gates are 0 and 1, at the cost of one branch. Undefined where the current backend cannot.
   */
  mixer?(input: Shape): Mixer<P> | undefined
}

/** A branch of a mix of states: parameters that make the next state, or the states of every step, made before. */
export type StateBranch<P extends ParamTree = ParamTree> =
  | { readonly params: P }
  /** Each `[batch, steps, units]`. */
  | { readonly states: readonly Tensor[] }

/**
 * Made of affine maps of its input and of a state of its own, unit by unit in each of several gates. Mixing these maps, all
 * of which read the one mixed state, is the same as mixing parameters unit by unit; mixing outputs or states is not.
 */
export interface Recurrent<P extends ParamTree = ParamTree> {
  readonly kind: 'recurrent'
  /** How many tensors make up a state; the first is the output. */
  readonly states: number
  /** Parameters whose affine maps are `factor` times as large in every gate; `factor` is `[units]`. The caller owns them. */
  scale(params: P, factor: Tensor): P
  /**
   * The layer with each affine map a mix of the same map by several parameters: `mix` gets one
   * `[batch, steps, gates, units]` for each of them. Of one, mixed as it is, it is `apply`, but for rounding.
   */
  applyMixed(params: readonly P[], x: Tensor, mix: (maps: readonly Tensor[]) => Tensor): Tensor
  /**
   * The layer with the first `count` tensors of its state mixed after every step and read by all branches, which keep the
   * others to themselves: `mix` gets one `[batch, units]` for each branch. Of one branch of parameters, mixed as it is, it
   * is `apply`, but for rounding.
   */
  applyStates(
    branches: readonly StateBranch<P>[],
    x: Tensor,
    mix: (states: readonly Tensor[]) => Tensor,
    count: number,
  ): Tensor
  /** The first `count` tensors of the state at every step, each `[batch, steps, units]`; one alone is `apply`, bit for bit. */
  trace(params: P, x: Tensor, count: number): readonly Tensor[]
}

/** Made of other layers; its parameters are the list of theirs. */
export interface Composite {
  readonly kind: 'composite'
  /**
   * `chain`: each part reads the one before it. `sum`: every part reads the input, the outputs are added. `join`: every
   * part reads the input from its own end, the outputs are joined channel by channel. `product`: every part reads the
   * input, the outputs are multiplied.
   */
  readonly flow: 'chain' | 'sum' | 'join' | 'product'
  readonly parts: readonly Layer[]
  /** The same combination of other parts. */
  rebuild(parts: readonly Layer[]): Layer
}

/** Without parameters and `f(αx) = αf(x)` for every `α > 0`: ReLU, pooling, flatten. */
export interface Homogeneous {
  readonly kind: 'homogeneous'
}

/** Nothing may be assumed. */
export interface Opaque {
  readonly kind: 'opaque'
}

/** What may be assumed of a layer's function beyond its values. */
export type Structure<P extends ParamTree = ParamTree> = Affine<P> | Recurrent<P> | Composite | Homogeneous | Opaque
