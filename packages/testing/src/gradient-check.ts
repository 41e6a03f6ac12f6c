import { foldIn, key, permutation, uniforms, Tree, type Key } from '@ptu/core'
import { disposeParams, mapParams, scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import { mul, sum, tensor, type Scalar, type Tensor } from '@tensorflow/tfjs-core'

import { numbersOf, type Tolerance } from './matchers.ts'

/** The options of {@link gradientCheck}. */
export interface GradientCheckOptions {
  /** Chooses the cotangent and the entries that are checked. */
  readonly key?: Key
  /** The number of entries of each leaf that are checked; default 8. */
  readonly entries?: number
  /** The distance by which an entry is moved to each side; default 0.01. */
  readonly step?: number
  /** Default `{ absolute: 2e-3, relative: 1e-2 }`. */
  readonly tolerance?: Required<Tolerance>
}

/**
 * Compares the gradient of `sum(f(params) · c)`, for a random `c`, with central differences
 * `(g(p + h) - g(p - h)) / 2h`, and returns a sentence for each entry where they differ; an empty list is a pass.
 *
 * In float32 the error of a difference is about `10⁻⁷|f| / h + h²|f‴| / 6`; at the default step both are near 10⁻⁵ for
 * functions of size 1. The tolerance leaves room for sums of a hundred such functions. Within `step` of a kink the two
 * rightly differ.
 *
 * @example
 * ```ts
 * expect(gradientCheck(({ x }: { x: Tensor }) => square(x), { x: tensor1d([0.3]) })).toEqual([])
 * ```
 */
export const gradientCheck = <P extends ParamTree>(
  f: (params: P) => Tensor,
  params: P,
  options: GradientCheckOptions = {},
): readonly string[] => {
  const { key: from = key(1), entries = 8, step = 1e-2, tolerance = { absolute: 2e-3, relative: 1e-2 } } = options
  const shape = scope(() => f(params).shape)
  const size = shape.reduce((product, n) => product * n, 1)
  const cotangent = uniforms(foldIn(from, 0), size).map((x) => 2 * x - 1)
  const value = (at: P): number =>
    scope(() => numbersOf(f(at))).reduce((total, y, i) => total + y * (cotangent[i] ?? 0), 0)
  const { grads, value: atParams } = valueAndGrad((at: P) =>
    sum<Scalar>(mul(f(at), tensor(cotangent, shape, 'float32'))),
  )(params)
  const problems = Tree.entries(grads).flatMap(([path, grad], leaf) =>
    chosen(foldIn(from, leaf + 1), grad.size, entries).flatMap((entry) => {
      const moved = (by: number): number => valueMoved(value, params, Tree.format(path), entry, by)
      const expected = (moved(step) - moved(-step)) / (2 * step)
      const got = numbersOf(grad)[entry] ?? NaN
      const close = Math.abs(got - expected) <= tolerance.absolute + tolerance.relative * Math.abs(expected)
      return close ? [] : [`at ${Tree.format(path)}[${entry}]: differences give ${expected}, the gradient is ${got}`]
    }),
  )
  disposeParams([grads, atParams])
  return problems
}

const chosen = (from: Key, size: number, count: number): readonly number[] => [
  ...permutation(from, size).slice(0, count),
]

const valueMoved = <P extends ParamTree>(
  value: (params: P) => number,
  params: P,
  place: string,
  entry: number,
  by: number,
): number => {
  const moved = mapParams(params, (leaf, path) => {
    if (Tree.format(path) !== place) return leaf.clone()
    const numbers = Float32Array.from(numbersOf(leaf))
    numbers[entry] = (numbers[entry] ?? 0) + by
    return tensor(numbers, leaf.shape, 'float32')
  })
  const result = value(moved)
  disposeParams(moved)
  return result
}
