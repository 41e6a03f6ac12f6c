import { ShapeError, Tree } from '@ptu/core'
import { mapParams, scope, type ParamTree } from '@ptu/tensor'
import { zerosLike, type Tensor } from '@tensorflow/tfjs-core'

import type { Optimizer } from './optimizer.ts'

/** The memory of a {@link leafwise} optimizer for one parameter: a tensor of the parameter's shape for each name. */
export type Slots<K extends string> = { readonly [name in K]: Tensor }

/** The state of a {@link leafwise} optimizer: a tree like the parameters for each name. */
export type SlotTrees<K extends string> = { readonly [name in K]: ParamTree }

/** One step of one parameter: its new value and what to remember. */
export type LeafRule<K extends string> = (param: Tensor, grad: Tensor, slots: Slots<K>) => readonly [Tensor, Slots<K>]

/**
 * An optimizer from the rule for a single parameter; every slot starts at 0.
 *
 * `ruleAt` is called once per step, for what all parameters share. Temporaries are freed after each parameter, so that
 * no more than one parameter's are alive. `update` throws `StructureError` if the structures of parameters,
 * gradients and state differ, and `ShapeError` where the shapes do.
 *
 * @example
 * ```ts
 * const signDescent = (rate: number) => leafwise([], () => (param, grad) => [sub(param, mul(sign(grad), rate)), {}])
 * const { params } = signDescent(0.5).update(tensor1d([-7, 9]), {}, tensor1d([1, 1]), 0)
 * expect([...(params as Tensor).dataSync()]).toEqual([1.5, 0.5])
 * ```
 */
export const leafwise = <K extends string>(
  names: readonly K[],
  ruleAt: (step: number) => LeafRule<K>,
): Optimizer<SlotTrees<K>> => ({
  init: (params) => record(names, () => mapParams(params, zerosLike)),
  update: (grads, state, params, step) =>
    scope(() => {
      const rule = ruleAt(step)
      const gradients = alignedLeaves(params, grads)
      const slots = record(names, (name) => alignedLeaves(params, state[name]))
      const rows = Tree.leaves(params).map((param, i) =>
        scope(() =>
          rule(
            param,
            gradients[i] as Tensor,
            record(names, (name) => slots[name][i] as Tensor),
          ),
        ),
      )
      const gather = (pick: (row: ReturnType<LeafRule<K>>) => Tensor): ParamTree =>
        Tree.unflatten(params, rows.map(pick))
      return { params: gather(([next]) => next), state: record(names, (name) => gather(([, next]) => next[name])) }
    }),
})

const record = <K extends string, A>(names: readonly K[], f: (name: K) => A): { readonly [name in K]: A } =>
  Object.fromEntries(names.map((name) => [name, f(name)])) as { readonly [name in K]: A }

/**
 * The leaves of `tree` in the order of those of `params`.
 *
 * Throws `StructureError` if the structures differ and `ShapeError` if a leaf has another shape than the
 * parameter: one that only broadcasts to it is a bug.
 */
export const alignedLeaves = (params: ParamTree, tree: ParamTree): readonly Tensor[] =>
  Tree.leaves(
    Tree.zipWith(params, tree, (param, leaf, path) => {
      if (param.shape.join() === leaf.shape.join()) return leaf
      throw new ShapeError(
        `at ${Tree.format(path)}: expected the parameter's shape [${param.shape.join()}], got [${leaf.shape.join()}]`,
      )
    }),
  )
