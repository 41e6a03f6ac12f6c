import type { Layer } from '@ptu/layers'
import type { ParamTree, Shape } from '@ptu/tensor'

import type { Fields } from './fields.ts'
import type { WeightsOf } from './weights.ts'

/** A layer of ours and how to make its parameters from the model's. Nothing is allocated before `params` is called. */
export interface Part {
  readonly layer: Layer
  /** The parameters; the caller owns them. */
  readonly params: () => ParamTree
}

/** The facts that the translation of a layer goes by. */
export interface Context {
  readonly config: Fields
  /** The shape of the layer's input. */
  readonly input: Shape
  readonly weights: WeightsOf
  readonly keras3: boolean
}

/** Turns a layer of a model into layers of ours, one after another. Throws `ImportError` where there are none. */
export type Translator = (context: Context) => readonly Part[]

/** A layer without parameters. */
export const plain = (layer: Layer): Part => ({ layer, params: () => [] })
