import type { ParamTree } from '@ptu/tensor'

/** New parameters and the state of the next step; the caller owns both. */
export interface Updated<S extends ParamTree = ParamTree> {
  readonly params: ParamTree
  readonly state: S
}

/**
 * A pair of pure functions. `update` borrows all it is given; the caller owns what it returns.
 *
 * `step` counts from 0: bias corrections and schedules read it, so that the state holds tensors only.
 */
export interface Optimizer<S extends ParamTree = ParamTree> {
  /** The state before the first step. */
  init(params: ParamTree): S
  /** One step along `grads`, which has the structure of `params`. */
  update(grads: ParamTree, state: S, params: ParamTree, step: number): Updated<S>
}

/** A quantity as a function of the step, from 0. */
export type Schedule = (step: number) => number
