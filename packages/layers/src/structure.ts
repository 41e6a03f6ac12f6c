import type { ParamTree } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'

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
}

/** Made of other layers; its parameters are the list of theirs. */
export interface Composite {
  readonly kind: 'composite'
  /** `chain`: each part reads the one before it. `sum`: every part reads the input, the outputs are added. */
  readonly flow: 'chain' | 'sum'
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
export type Structure<P extends ParamTree = ParamTree> = Affine<P> | Composite | Homogeneous | Opaque
