import { OptionError, StructureError, Tree } from '@ptu/core'
import { scope, type ParamTree } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import { alignedLeaves } from './leafwise.ts'
import type { Optimizer } from './optimizer.ts'

/** The groups of {@link groups} and their optimizers. */
export interface GroupOptions<K extends string> {
  /** The name of the group that the parameter at `path` belongs to. */
  readonly select: (path: Tree.Path) => NoInfer<K>
  /** The optimizer of each group. */
  readonly optimizers: { readonly [name in K]: Optimizer }
}

/** The state of each group's optimizer. */
export type GroupStates<K extends string> = { readonly [name in K]: ParamTree }

/**
 * Gives each group of parameters an optimizer of its own.
 *
 * Each optimizer sees the whole tree with an empty list in place of what is not its own, so paths stay what they are.
 * A group may be empty. Throws `OptionError` if `select` names a group that has no optimizer.
 *
 * @example
 * ```ts
 * const optimizer = groups({
 *   select: (path) => (path.includes('gate') ? 'gates' : 'weights'),
 *   optimizers: { gates: adam(0.012, { beta2: 0.99 }), weights: adam(4e-3) },
 * })
 * ```
 */
export const groups = <K extends string>({ select, optimizers }: GroupOptions<K>): Optimizer<GroupStates<K>> => {
  const names = Object.keys(optimizers) as K[]
  const groupOf = (path: Tree.Path): K => {
    const name = select(path)
    if (Object.hasOwn(optimizers, name)) return name
    const known = names.join(', ') || 'no group at all'
    throw new OptionError(`select names the group ${name} for ${Tree.format(path)}: expected one of ${known}`)
  }
  const part = (tree: ParamTree, name: K): ParamTree =>
    Tree.map<Tensor, ParamTree>(tree, (leaf, path) => (groupOf(path) === name ? leaf : []))
  const each = <A>(f: (name: K) => A): { readonly [name in K]: A } =>
    Object.fromEntries(names.map((name) => [name, f(name)])) as { readonly [name in K]: A }
  return {
    init: (params) => each((name) => optimizers[name].init(part(params, name))),
    update: (grads, state, params, step) =>
      scope(() => {
        const updated = each((name) =>
          optimizers[name].update(part(grads, name), stateOf(state, name), part(params, name), step),
        )
        const next = each((name) => alignedLeaves(part(params, name), updated[name].params).values())
        return {
          params: Tree.map(params, (_leaf, path) => next[groupOf(path)].next().value as Tensor),
          state: each((name) => updated[name].state),
        }
      }),
  }
}

const stateOf = <K extends string>(state: GroupStates<K>, name: K): ParamTree => {
  if (Object.hasOwn(state, name)) return state[name]
  throw new StructureError(`expected a state with the group ${name}, got one with ${Object.keys(state).join(', ')}`)
}
