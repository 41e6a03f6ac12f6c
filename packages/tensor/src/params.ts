import { Tree } from '@ptu/core'
import type { Tensor } from '@tensorflow/tfjs-core'

import { scope } from './scope.ts'

/** The parameters of a layer, a network or a model: a tree of tensors. */
export type ParamTree = Tree.Tree<Tensor>

/** A shape without its batch axis. */
export type Shape = readonly number[]

/** Maps a tensor function over every leaf; the caller owns the result. */
export const mapParams = <P extends ParamTree>(params: P, f: (leaf: Tensor, path: Tree.Path) => Tensor): P =>
  scope(() => Tree.map(params, f) as P)

/**
 * Joins two trees of one structure, leaf by leaf; the caller owns the result.
 *
 * Throws `StructureError` if the structures differ.
 */
export const zipParams = <P extends ParamTree>(a: P, b: ParamTree, f: (a: Tensor, b: Tensor) => Tensor): P =>
  scope(() => Tree.zipWith(a, b, f) as P)

/** A copy that its caller owns and that shares the data: freeing either leaves the other whole. */
export const cloneParams = <P extends ParamTree>(params: P): P => mapParams(params, (leaf) => leaf.clone())

/** Frees every tensor of a tree. Only its owner may call this. */
export const disposeParams = (params: ParamTree): void => {
  for (const leaf of Tree.leaves(params)) leaf.dispose()
}

/** The number of numbers in a tree. */
export const countParams = (params: ParamTree): number => Tree.leaves(params).reduce((sum, leaf) => sum + leaf.size, 0)

/** The number of bytes that a tree's data takes. */
export const bytesOf = (params: ParamTree): number => countParams(params) * 4
