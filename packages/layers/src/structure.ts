import type { ParamTree, Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'

/** The parameters of one layer: the source's, which are frozen, and the learnt ones. */
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

/** Applies a layer under `(1 - u)·P_S + u·(f·P_R + (1 - f)·P_T)`, or with two branches `(1 - u)·P_S + u·P_R`. */
export interface Mixer<P extends ParamTree = ParamTree> {
  /** Differentiable in all but the source's parameters. Borrows; the caller owns the result. */
  apply(params: MixedParams<P>, gates: MixedGates, x: Tensor): Tensor
}

/** The activations that a layer before them may apply itself, by their layers' names. */
export type Rectifier = 'relu' | 'relu6'

/** A layer and a rectifier of its output in one, with the bits of one after the other and fewer passes. */
export interface Rectified<P extends ParamTree = ParamTree> {
  /** The layer's `apply`. A layer that was given another has to be applied by itself. */
  readonly of: (...inputs: never) => Tensor
  /** Borrows; the caller owns the result. */
  apply(params: P, x: Tensor, rectifier: Rectifier): Tensor
}

/**
 * A layer that is linear in its parameters, channel by channel: for any numbers `a`, `b` per output channel,
 * `apply(a·P + b·Q, x) = a·apply(P, x) + b·apply(Q, x)`.
 *
 * Convolutions, dense layers and normalisations with a learnt scale and shift are such layers. Mixing their parameters
 * is therefore the same as mixing their outputs.
 */
export interface Affine<P extends ParamTree = ParamTree> {
  readonly kind: 'affine'
  /** Parameters whose output is `factor` times as large; `factor` is `[channels]`. Borrows; the caller owns the result. */
  scale(params: P, factor: Tensor): P
  /** The layer with a rectifier behind it. */
  readonly rectified?: Rectified<P>
  /**
   * Makes parameters `Q` with `apply(Q, before · x) = after · apply(params, x)`. The caller owns them. Absent if there
   * are none, as in a layer that normalises its input.
   */
  rescale?(params: P, before: number, after: number): P
  /**
   * Mixes parameters per example and channel, for inputs of a shape, at the cost of one branch.
   *
   * The result equals mixing outputs up to rounding, and bit for bit where the gates are 0 and 1. Undefined if the
   * current backend cannot do it.
   */
  mixer?(input: Shape): Mixer<P> | undefined
}

/** A branch of a mix of states: parameters that make the next state, or the states of every step, made before. */
export type StateBranch<P extends ParamTree = ParamTree> =
  | { readonly params: P }
  /** Each `[batch, steps, units]`. */
  | { readonly states: readonly Tensor[] }

/** The branches of a mix of states; the source's may be given by its states. */
export interface MixedStates<P extends ParamTree = ParamTree> {
  readonly source: StateBranch<P>
  readonly fineTuned: P
  readonly random?: P
}

/** Runs a recurrent layer with its branches mixed by gates that are the same at every step of a sequence. */
export interface RecurrentMixer<P extends ParamTree = ParamTree> {
  /** {@link Recurrent.applyMixed} by gates. Differentiable in all but the source's parameters. */
  mixMaps(params: MixedParams<P>, gates: MixedGates, x: Tensor): Tensor
  /** {@link Recurrent.applyStates} by gates. Differentiable in all but the source's parameters. */
  mixStates(branches: MixedStates<P>, gates: MixedGates, x: Tensor, count: number): Tensor
}

/**
 * A layer made of affine maps of its input and of a state of its own, unit by unit in each of several gates.
 *
 * Mixing these maps, all of which read the one mixed state, is the same as mixing parameters unit by unit. Mixing
 * outputs or states is not.
 */
export interface Recurrent<P extends ParamTree = ParamTree> {
  readonly kind: 'recurrent'
  /** The number of tensors in a state; the first is the output. */
  readonly states: number
  /**
   * Makes parameters whose affine maps are `factor` times as large in every gate; `factor` is `[units]`. The caller
   * owns them.
   */
  scale(params: P, factor: Tensor): P
  /**
   * Applies the layer with each of its affine maps replaced by a mix of that map under several parameters.
   *
   * `mix` gets one `[batch, steps, gates, units]` for each set of parameters. With a single set and a `mix` that
   * returns it unchanged, the result equals `apply` up to rounding.
   */
  applyMixed(params: readonly P[], x: Tensor, mix: (maps: readonly Tensor[]) => Tensor): Tensor
  /**
   * Applies the layer with the first `count` tensors of its state mixed after every step.
   *
   * All branches read the mixed tensors and keep the other ones to themselves. `mix` gets one `[batch, units]` for each
   * branch. With a single branch of parameters and a `mix` that returns it unchanged, the result equals `apply` up to
   * rounding.
   */
  applyStates(
    branches: readonly StateBranch<P>[],
    x: Tensor,
    mix: (states: readonly Tensor[]) => Tensor,
    count: number,
  ): Tensor
  /**
  /**
   * Mixes by gates in one pass over all steps: the same as `applyMixed` and `applyStates`, up to rounding. Undefined if the
   * current backend cannot.
   */
  mixer?(): RecurrentMixer<P> | undefined
  /**
   * The first `count` tensors of the state at every step, each `[batch, steps, units]`; the first equals `apply` bit
   * for bit.
   */
  trace(params: P, x: Tensor, count: number): readonly Tensor[]
}

/** A layer made of other layers; its parameters are the list of theirs. */
export interface Composite {
  readonly kind: 'composite'
  /**
   * The way the parts are connected.
   *
   * `chain`: each part reads the one before it. `sum`: every part reads the input, and the outputs are added. `join`:
   * every part reads the input from its own end, and the outputs are joined channel by channel.
   * `product`: every part reads the input, and the outputs are multiplied. `extreme`: every part reads the input, and of the
   * outputs the largest or the smallest is taken, number by number.
   */
  readonly flow: 'chain' | 'sum' | 'join' | 'product' | 'extreme'
  readonly parts: readonly Layer[]
  /** The same combination of other parts. */
  rebuild(parts: readonly Layer[]): Layer
}

/** A layer without parameters with `f(αx) = αf(x)` for every `α > 0`: ReLU, pooling, flatten. */
export interface Homogeneous {
  readonly kind: 'homogeneous'
}

/** Nothing may be assumed. */
export interface Opaque {
  readonly kind: 'opaque'
}

/** The properties that may be assumed of a layer's function beyond its values. */
export type Structure<P extends ParamTree = ParamTree> = Affine<P> | Recurrent<P> | Composite | Homogeneous | Opaque
