import { Tree } from '@ptu/core'
import { scope, type ParamTree } from '@ptu/tensor'
import {
  abs,
  add,
  addN,
  clipByValue,
  div,
  max,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  scalar,
  sign,
  stack,
  sum,
  zerosLike,
  type Tensor,
} from '@tensorflow/tfjs-core'

import type { Grouping } from './groups.ts'

/** A ball of corruptions and how far a step goes in it. */
export interface Ascent {
  readonly p: number
  readonly epsilon: number
  readonly relative: boolean
  readonly groups: Grouping
  /** The norm of a step in units of ε. */
  readonly rate: number
}

/** Below it a norm counts as 0, so that a gradient of 0 gives a corruption of 0. */
const tiny = 1e-30

/**
 * A corruption after one more step of ascent in the closed-form direction of all parameters of a group, back in its ball.
 *
 * The same as `worstCase` of all parameters, in tensors and in the engine's precision, for use within a training step.
 * Borrows all; the caller owns the result.
 */
export const ascended = (from: ParamTree | undefined, grads: ParamTree, params: ParamTree, ascent: Ascent): ParamTree =>
  scope(() => {
    const entries = Tree.entries(params)
    const slopes = Tree.leaves(grads)
    const before = from === undefined ? entries.map(([, leaf]) => zerosLike(leaf)) : Tree.leaves(from)
    const names = entries.map(([path]) => ascent.groups(path))
    const moved = entries.map(([, leaf]) => zerosLike<Tensor>(leaf))
    for (const name of new Set(names)) {
      if (name === undefined) continue
      const places = names.flatMap((own, i) => (own === name ? [i] : []))
      const of = (all: readonly Tensor[]): readonly Tensor[] => places.map((i) => all[i] as Tensor)
      const weights = places.map((i) => (entries[i] as readonly [Tree.Path, Tensor])[1])
      const next = stepped(of(before), of(slopes), weights, ascent)
      places.forEach((place, i) => (moved[place] = next[i] as Tensor))
    }
    return Tree.unflatten(params, moved)
  })

const stepped = (
  before: readonly Tensor[],
  grads: readonly Tensor[],
  weights: readonly Tensor[],
  { p, epsilon, relative, rate }: Ascent,
): readonly Tensor[] => {
  const radius = relative ? mul(normOf(weights, p), epsilon) : scalar(epsilon)
  const far = mul(radius, rate)
  const sum = steepest(grads, p).map((unit, i) => add(before[i] as Tensor, mul(unit, far)))
  if (p === Infinity) return sum.map((a) => maximum(minimum(a, radius), neg(radius)))
  const shrink = clipByValue(div(radius, maximum(normOf(sum, p), tiny)), 0, 1)
  return sum.map((a) => mul(a, shrink))
}

/** The corruption of norm 1 with the largest product with the gradient. */
const steepest = (grads: readonly Tensor[], p: number): readonly Tensor[] => {
  if (p === Infinity) return grads.map((g) => sign(g))
  const size = maximum(largest(grads), tiny)
  const steep = grads.map((g) => mul(sign(g), pow(div(abs(g), size), 1 / (p - 1))))
  const norm = maximum(normOf(steep, p), tiny)
  return steep.map((s) => div(s, norm))
}

const largest = (tensors: readonly Tensor[]): Tensor => max(stack(tensors.map((t) => max(abs(t)))))

const normOf = (tensors: readonly Tensor[], p: number): Tensor => {
  const size = largest(tensors)
  if (p === Infinity) return size
  const unit = maximum(size, tiny)
  return mul(pow(addN(tensors.map((t) => sum(pow(div(abs(t), unit), p)))), 1 / p), size)
}
