import type { Shape } from '@ptu/tensor'

import type { TensorTable } from '../architectures/architecture.ts'
import type { PlannedBlock } from '../architectures/plan.ts'
import type { WrittenTensor } from '../written-tensor.ts'
import type { Config } from './config.ts'
import type { View } from '../architectures/view.ts'

/** The tokens that a network of texts reads. */
export interface TokenInput {
  /** The number of tokens that it knows; they are the integers below. */
  readonly vocabulary: number
  /** The token that fills the end of a short text. */
  readonly padding: number
  /** The most tokens of a text, with those at its start and end. */
  readonly longest: number
}

/** The way in which the states of a text's tokens become one vector. */
export type Pooling = 'mean' | 'class'

/** A network that a folder of Hugging Face holds. */
export interface FolderPlan {
  /** The blocks, input side first; the last ends in one vector for an example, or in a map of a convolutional network. */
  readonly body: readonly PlannedBlock[]
  /** The classifier or projection after it; it is left out where the folder has no tensors for it. */
  readonly head?: PlannedBlock
  /** The shape of an example. */
  readonly input: Shape
  /** True if the network can be opened for pictures of another size. */
  readonly anySize?: boolean
  readonly tokens?: TokenInput
  /** The number that batch normalisation adds to variances, where there is any. */
  readonly epsilon?: number
  /** Tensors under the names and in the shapes that layers ask for. */
  readonly views?: readonly View[]
  /** Facts for people to read. */
  readonly facts: Readonly<Record<string, string>>
}

/** The materials of a plan. */
export interface Described {
  readonly config: Config
  readonly tensors: TensorTable
  /** The shape of an example that is wanted, if it is another than the folder's. */
  readonly input?: Shape
  /** The pooling that the folder names, if it does. */
  readonly pooling: Pooling | undefined
}

/** Networks that one name in a `config.json` stands for. */
export interface ModelType {
  /** The `model_type`s. */
  readonly names: readonly string[]
  /** The modules that the network may be in, such as `bert.`; the empty one stands for none. */
  readonly prefixes: readonly string[]
  /** The outermost modules of the network that is opened, without the prefix: each of their tensors must be used. */
  readonly modules: readonly string[]
  readonly plan: (described: Described, prefix: string) => FolderPlan
  /** The classifier of transformers that a trained network can be written as; absent where none has the same layers. */
  readonly classifier?: Classifier
}

/** A class of transformers for classification. */
export interface Classifier {
  /** The class by the name in `architectures`, for each `model_type`. */
  readonly classes: Readonly<Record<string, string>>
  /** The module that its body is in. */
  readonly prefix: string
  /** The fields that the config must have, so that every parameter has its place. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** The kinds of pooling that it has, each with the fields that name it; default the first token alone. */
  readonly poolings?: Readonly<Partial<Record<Pooling, Readonly<Record<string, unknown>>>>>
  /** The tensors of its head for a linear one, which reads the same vector; `body` are the tensors before it. */
  readonly ending: Ending
  /** The module between body and head that `ending` makes to pass its input on; none unless given. */
  readonly between?: string
}

/** A linear head, `y = weight · x + bias`, as the tensors of a class of transformers. */
export type Ending = (
  head: LinearHead,
  body: ReadonlyMap<string, WrittenTensor>,
  config: Config,
) => readonly WrittenTensor[]

/** A linear head of `[classes, features]`. */
export interface LinearHead {
  readonly weight: Float32Array
  readonly bias: Float32Array
  readonly features: number
}
