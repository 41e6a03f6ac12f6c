import { ShapeError, split } from '@ptu/core'
import { scope, type ParamTree, type Shape } from '@ptu/tensor'
import { mul } from '@tensorflow/tfjs-core'

import { identity } from './elementwise.ts'
import { splitMode, type Layer } from './layer.ts'

/**
 * The product of two paths from one input, number by number: `y = first(x) · second(x)`; the second is the identity unless
 * given.
 *
 * An axis of size 1 of one path is repeated along the other's, so a path of shape `[1, 1, channels]` weighs the channels of
 * a map, which is squeeze-and-excitation. The parameters are the list `[first, second]`. Throws `ShapeError` where the two
 * outputs do not fit.
 *
 * @example
 * ```ts
 * const squeeze = serial(globalAveragePool, reshape([1, 1, 8]), conv2d(2, 1), relu, conv2d(8, 1), sigmoid)
 * expect(product(squeeze).output([14, 14, 8])).toEqual([14, 14, 8])
 * ```
 *
 * References:
 *   Hu, Shen & Sun, "Squeeze-and-excitation networks", CVPR 2018, §3, https://arxiv.org/abs/1709.01507
 */
export const product = (first: Layer, second: Layer = identity): Layer<readonly ParamTree[]> => ({
  spec: { type: 'product', first: first.spec, second: second.spec },
  structure: {
    kind: 'composite',
    flow: 'product',
    parts: [first, second],
    rebuild: ([a = first, b = second]) => product(a, b),
  },
  output: (input) => together(first.output(input), second.output(input)),
  init: (key, input) => split(key, 2).map((part, i) => (i === 0 ? first : second).init(part, input)),
  apply: ([firstParams = [], secondParams = []], x, mode) =>
    scope(() => {
      const [a = mode, b = mode] = splitMode(mode, 2)
      return mul(first.apply(firstParams, x, a), second.apply(secondParams, x, b))
    }),
})

const together = (a: Shape, b: Shape): Shape => {
  const fits = a.length === b.length && a.every((size, axis) => size === b[axis] || size === 1 || b[axis] === 1)
  if (!fits)
    throw new ShapeError(
      `product: expected two paths of one shape, or of size 1 where they differ, got [${a.join(', ')}] and [${b.join(', ')}]`,
    )
  return a.map((size, axis) => Math.max(size, b[axis] ?? 1))
}
