import { foldIn, OptionError, Tree, type Key } from '@ptu/core'
import { copied, peek, scope, type ParamTree, type ValueAndGrad } from '@ptu/tensor'
import { scalar, type Tensor } from '@tensorflow/tfjs-core'

import type { Differentiation } from './differentiation.ts'

/**
 * One of several copies of a training, on threads of their own, that compute every gradient together.
 *
 * Every copy runs the same program on the same data with the same keys. Each differentiates the loss of a part of a batch, all
 * add up what they found and take the same step, so their parameters stay equal bit for bit.
 */
export interface Replica {
  /** The place of this copy, from 0. The first one writes files. */
  readonly rank: number
  /** The number of copies. */
  readonly count: number
  /**
   * Replaces `values` by the sum of what all copies give, added in the order of their ranks: the same bits for all.
   *
   * Blocks until the others have called it too. Throws if another copy ended.
   */
  sum(values: Float32Array): void
}

/** The part of a batch that a replica computes. */
export interface Share {
  readonly replica: Replica
  /** The part of the batch's examples that it has, from 0 to 1. */
  readonly weight: number
}

/** The examples of a batch that a replica computes: consecutive ones, as many as the others have or one more. */
export const ownPart = <A extends Uint32Array | Int32Array>(indices: A, { rank, count }: Replica): A => {
  if (indices.length < count)
    throw new OptionError(
      `expected batches of at least ${String(count)} examples, one for each thread, got ${String(indices.length)}`,
    )
  const endOf = (place: number): number => Math.floor((place * indices.length) / count)
  return indices.slice(endOf(rank), endOf(rank + 1)) as A
}

/** A state whose next step draws the noise of a replica's part, which is not that of the other parts. */
export const ownNoise = <S extends { readonly key: Key }>(state: S, { rank }: Replica): S => ({
  ...state,
  key: foldIn(state.key, rank),
})

/**
 * Joins the gradients of the parts of a batch to that of the whole: `Σ w_r·g_r`, and likewise the loss.
 *
 * `w_r` is the part of the examples that replica `r` has, so this is the gradient of a loss that is a mean over examples. The
 * numbers lie in one piece of memory, which is used again for every step.
 */
export const together = (differentiate: Differentiation): ((share: Share) => Differentiation) => {
  let sums = new Float32Array(0)
  return ({ replica, weight }) =>
    (loss) =>
    (params) =>
      scope((): ValueAndGrad<ParamTree> => {
        const { value, grads } = differentiate(loss)(params)
        const leaves: readonly Tensor[] = [value, ...Tree.leaves(grads)]
        const total = leaves.reduce((size, leaf) => size + leaf.size, 0)
        if (sums.length !== total) sums = new Float32Array(total)
        let at = 0
        for (const leaf of leaves) {
          peek(leaf, putScaled(sums, at, weight))
          at += leaf.size
        }
        replica.sum(sums)
        at = value.size
        const whole = scalar(sums[0] as number)
        const wholes = leaves.slice(1).map(({ shape, size }) => copied(sums.subarray(at, (at += size)), shape))
        return { value: whole, grads: Tree.unflatten(grads, wholes) }
      })
}

/** Writes numbers times a factor into `target` from a place on. */
const putScaled =
  (target: Float32Array, at: number, factor: number) =>
  (numbers: Float32Array): void => {
    const { length } = numbers
    for (let i = 0; i < length; i++) target[at + i] = factor * (numbers[i] as number)
  }
