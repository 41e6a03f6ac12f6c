import { Tree } from '@ptu/core'
import { disposeParams, scope, type ParamTree } from '@ptu/tensor'
import { addN, cast, sum } from '@tensorflow/tfjs-core'

import { tensorsOf, type TrainState } from './step.ts'

/** The result of a validation after a step. */
export interface Validated {
  readonly step: number
  readonly loss: number
  /** From 0 to 1. */
  readonly accuracy: number
}

/** A run so far: all that is needed to go on as if it had not stopped. */
export interface Run {
  readonly state: TrainState
  /** The loss at each step. */
  readonly losses: readonly number[]
  readonly validations: readonly Validated[]
  /** The parameters of the lowest validation loss; an empty list if none are kept. */
  readonly best: ParamTree
}

/** Frees a run's tensors. */
export const disposeRun = ({ state, best }: Run): void => {
  disposeParams([tensorsOf(state), best])
}

/** The parameters that are the model: the averaged ones if an average is kept. */
export const modelOf = ({ params, average }: TrainState): ParamTree =>
  Tree.leaves(average).length > 0 ? average : params

/** Tells whether every number of a tree is finite; it reads once, whatever the number of tensors. */
export const isFiniteTree = async (params: ParamTree): Promise<boolean> => {
  const leaves = Tree.leaves(params)
  if (leaves.length === 0) return true
  // A sum is finite where its terms are; one that overflows has terms beyond all use.
  const total = scope(() => addN(leaves.map((leaf) => cast(sum(leaf), 'float32'))))
  const [value = NaN] = await total.data()
  total.dispose()
  return Number.isFinite(value)
}
