import { Tree } from '@ptu/core'
import {
  customGrad,
  engine,
  reshape,
  sum,
  zerosLike,
  type GradSaveFunc,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core'

import type { ParamTree } from './params.ts'
import { scope } from './scope.ts'

/** A value and its gradient, shaped like the parameters it was taken at. */
export interface ValueAndGrad<P> {
  readonly value: Scalar
  readonly grads: P
}

/**
 * Evaluates `f` and its gradient at `params`. Borrows `params`; the caller owns `value` and `grads`.
 *
 * A parameter that `f` does not use has gradient zero.
 *
 * @example
 * ```ts
 * const { value, grads } = valueAndGrad(({ w }: { w: Tensor }): Scalar => sum(square(w)))({ w: tensor1d([3]) })
 * expect([...value.dataSync(), ...grads.w.dataSync()]).toEqual([9, 6])
 * ```
 */
export const valueAndGrad =
  <P extends ParamTree>(f: (params: P) => Scalar) =>
  (params: P): ValueAndGrad<P> =>
    scope(() => {
      const leaves = [...Tree.leaves(params)]
      if (leaves.length === 0) return { value: f(params), grads: params }
      // `valueAndGrads` of tfjs throws for an unused parameter; the engine itself can return null for it.
      const { value, grads } = engine().gradients(() => f(params), leaves, undefined, true)
      const filled = leaves.map((leaf, i) => (grads[i] as Tensor | null) ?? zerosLike(leaf))
      return { value: value, grads: Tree.unflatten(params, filled) as P }
    })

/** A value and how to turn the gradient of a loss by it into gradients by each input. */
export interface Differentiable {
  readonly value: Tensor
  /** `saved` are the tensors that were handed to `save`, in that order. */
  readonly gradient: (dy: Tensor, saved: readonly Tensor[]) => readonly Tensor[]
}

/**
 * Calls `f` with a gradient of its own in place of the one tfjs would derive.
 *
 * Tensors that the gradient needs must go through `save`: others may be freed before it runs.
 *
 * @example
 * ```ts
 * const cube = (x: Tensor): Tensor =>
 *   withGradient((save, [x]) => {
 *     save([x])
 *     return { value: pow(x, 3), gradient: (dy, [x = dy]) => [mul(dy, mul(3, square(x)))] }
 *   }, [x] as const)
 * const { grads } = valueAndGrad((x: Tensor): Scalar => sum(cube(x)))(tensor1d([2]))
 * expect(grads.dataSync()).toEqual(Float32Array.of(12))
 * ```
 */
export const withGradient = <I extends readonly Tensor[]>(
  f: (save: (tensors: Tensor[]) => void, inputs: I) => Differentiable,
  inputs: I,
): Tensor =>
  customGrad((...given: (Tensor | GradSaveFunc)[]) => {
    const { value, gradient } = f(given.at(-1) as GradSaveFunc, given.slice(0, -1) as readonly Tensor[] as I)
    return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => [...gradient(dy, saved)] }
  })(...inputs)

/**
 * Passes `x` on and lets no gradient through.
 *
 * `y = x`, `∂y/∂x = 0`.
 */
export const stopGradient = (x: Tensor): Tensor =>
  withGradient((_save, [input]) => ({ value: input.clone(), gradient: (dy) => [zerosLike(dy)] }), [x] as const)

/**
 * Has the value of `forward` and the gradient of `backward`: the straight-through estimator.
 *
 * `y = forward`, `∂y/∂backward = 1`, `∂y/∂forward = 0`. The value is `forward` bit for bit, which the usual
 * `backward + stop(forward - backward)` is not. The two shapes may differ where `backward` broadcasts to `forward`.
 *
 * References:
 *   Bengio, Léonard & Courville, "Estimating or propagating gradients through stochastic neurons", 2013, §3, https://arxiv.org/abs/1308.3432
 */
export const straightThrough = (forward: Tensor, backward: Tensor): Tensor =>
  withGradient((_save, [input]) => ({ value: forward.clone(), gradient: (dy) => [sumTo(dy, input.shape)] }), [
    backward,
  ] as const)

/**
 * Sums `x` over the axes along which a tensor of `shape` repeats to become `x`'s: the adjoint of broadcasting.
 *
 * @example
 * ```ts
 * const sums = sumTo(ones([8, 5, 5, 3]), [8, 1, 1, 3])
 * expect([...sums.dataSync()]).toEqual(Array.from({ length: 24 }, () => 25))
 * ```
 */
export const sumTo = (x: Tensor, shape: readonly number[]): Tensor => {
  const lead = x.rank - shape.length
  const repeated = x.shape.flatMap((size, i) => (i < lead || (shape[i - lead] === 1 && size !== 1) ? [i] : []))
  return repeated.length === 0 ? x.clone() : scope(() => reshape(sum(x, repeated), [...shape]))
}
