import { Tree } from '@ptu/core'
import type { ParamTree } from '@ptu/tensor'

/** Names the group that a parameter tensor is corrupted in; one without a name is left as it is. */
export type Grouping = (path: Tree.Path) => string | undefined

/** All parameters in one group, `network`. */
export const wholeNetwork: Grouping = () => 'network'

/**
 * One group for each block of a transfer model or of a plain network: `blocks.2`, `head`, or the number of a block in a list.
 *
 * @example
 * ```ts
 * expect([eachBlock(['blocks', 2, 0, 'kernel']), eachBlock([3, 'kernel'])]).toEqual(['blocks.2', '3'])
 * ```
 */
export const eachBlock: Grouping = (path) => Tree.format(path.slice(0, path[0] === 'blocks' ? 2 : 1))

/** One group for each layer: the kernel and the bias of one place together. */
export const eachLayer: Grouping = (path) => Tree.format(path.slice(0, -1))

/** One group for each parameter tensor. */
export const eachTensor: Grouping = (path) => Tree.format(path)

/** The numbers of a tree that form a group, as ranges of the tree's numbers in the order of its leaves. */
export interface Group {
  readonly name: string
  readonly ranges: readonly (readonly [from: number, to: number])[]
}

/** The groups of a tree's parameters, in the order of their first tensors. */
export const groupsOf = (params: ParamTree, grouping: Grouping): readonly Group[] => {
  const found = new Map<string, (readonly [number, number])[]>()
  let at = 0
  for (const [path, leaf] of Tree.entries(params)) {
    const name = grouping(path)
    const range = [at, (at += leaf.size)] as const
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), range])
  }
  return [...found].map(([name, ranges]) => ({ name, ranges }))
}

/** The numbers of a group. */
export const taken = (values: Float64Array, { ranges }: Group): Float64Array => {
  const own = new Float64Array(ranges.reduce((sum, [from, to]) => sum + to - from, 0))
  ranges.reduce((at, [from, to]) => (own.set(values.subarray(from, to), at), at + to - from), 0)
  return own
}

/** A list of `size` zeros with the numbers of a group in their places. */
export const placed = (own: Float64Array, { ranges }: Group, size: number): Float64Array => {
  const all = new Float64Array(size)
  ranges.reduce((at, [from, to]) => (all.set(own.subarray(at, at + to - from), from), at + to - from), 0)
  return all
}
