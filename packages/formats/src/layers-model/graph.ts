import type { Fields } from './fields.ts'
import type { Place } from './weights.ts'

/** A layer of a model. */
export interface GraphNode extends Place {
  /** The names of the nested models it is in and its own, `outer/inner/conv1`. */
  readonly name: string
  readonly type: string
  readonly config: Fields
  readonly inputs: readonly string[]
}

/** A model as the layers that its output depends on, each after those it reads; the first is its input. */
export interface Graph {
  readonly nodes: readonly GraphNode[]
  /** The layer that goes by a name: a nested model is its last layer. */
  readonly resolve: (name: string) => string
}

/** The graph of a model of Keras or tfjs. */
export interface KerasGraph extends Graph {
  /** True if Keras 3 wrote it. */
  readonly keras3: boolean
  /** True if its maps are `[channels, height, width]`. */
  readonly channelsFirst: boolean
  /** The name of the model, with which Keras 3 may begin the names of its weights. */
  readonly modelName: string | undefined
}
