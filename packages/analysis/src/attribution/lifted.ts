import { infer, type Layer } from '@ptu/layers'
import type { ParamTree } from '@ptu/tensor'
import { abs, add, div, greater, neg, relu, sub, where, type Tensor } from '@tensorflow/tfjs-core'

import { gradientAt } from './attribution.ts'

/** The units of a layer for an input and for its baseline, both `[batch, ...]`. */
export interface Signal {
  readonly x: Tensor
  readonly from: Tensor
  /** The parts of `x - from`: itself for Rescale, the positive and the negative contributions for RevealCancel. */
  readonly parts: readonly Tensor[]
}

/** The outputs of a layer, and how multipliers of their parts become multipliers of the parts of its inputs. */
export interface Lifted {
  readonly output: Signal
  readonly back: (multipliers: readonly Tensor[]) => readonly Tensor[]
}

/** The rule for a nonlinearity. */
export type NonlinearityRule = 'rescale' | 'reveal-cancel'

/** The rule of products: who gets the credit of `y = first · second`. */
export type ProductRule = 'symmetric' | 'gate-as-weight'

/** The rules that were chosen, and how the parts of a layer are lifted. */
export interface Context {
  readonly rule: NonlinearityRule
  readonly products: ProductRule
  readonly lift: Rule
}

/** The way a layer with its parameters is lifted. Tensors are freed by the caller's scope. */
export type Rule = (layer: Layer, params: ParamTree, input: Signal, context: Context) => Lifted

/** A pair of values with its difference as its parts: whole, or by sign. */
export const signalOf = (x: Tensor, from: Tensor, rule: NonlinearityRule): Signal => {
  const change = sub(x, from)
  return { x, from, parts: rule === 'rescale' ? [change] : [relu(change), neg(relu(neg(change)))] }
}

/** The values of a layer for an input and its baseline. */
export const applied = (layer: Layer, params: ParamTree, { x, from }: Signal): Pick<Signal, 'x' | 'from'> => ({
  x: layer.apply(params, x, infer),
  from: layer.apply(params, from, infer),
})

/** The gradient of `Σ dy · layer(x)`. */
export const pulledBack = (layer: Layer, params: ParamTree, x: Tensor, dy: Tensor): Tensor =>
  gradientAt((h) => layer.apply(params, h, infer), x, dy)

/** Differences smaller than this count as none. */
const none = 1e-6

/** `a / b` where `b` is not near 0, else `otherwise`. */
export const quotient = (a: Tensor, b: Tensor, otherwise: Tensor): Tensor => {
  const usable = greater(abs(b), none)
  return where(usable, div(a, where(usable, b, 1)), otherwise)
}

/** The multiplier of the whole change of a signal that was split by sign. */
export const multiplierOf = ({ x, from }: Signal, multipliers: readonly Tensor[]): Tensor => {
  const [plus, minus] = multipliers as readonly [Tensor, Tensor?]
  return minus === undefined ? plus : where(greater(sub(x, from), 0), plus, minus)
}

/** The sum of tensors of one shape. */
export const total = (tensors: readonly Tensor[]): Tensor => tensors.reduce((a, b) => add(a, b))
