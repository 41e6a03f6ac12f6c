import type { Layer } from '@ptu/layers'
import type { ParamTree } from '@ptu/tensor'

/** A trained network of plain layers, such as `fold` of `@ptu/strategies` makes. */
export interface TrainedNetwork {
  readonly layer: Layer
  readonly params: ParamTree
  /** The names of its parts, input side first, the head last; unless given, they are numbered. */
  readonly blocks?: readonly string[]
}
