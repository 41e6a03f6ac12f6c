import { OptionError, ShapeError } from '@ptu/core'
import { transpose } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'

/**
 * The axes of an example in another order, `[batch, ...]` to the same axes reordered: axis `i` of the output is axis `order[i]` of the
 * input.
 *
 * Axes count from 0 behind the batch. Throws `OptionError` for an order that does not name each axis once, `ShapeError` for an input of
 * another number of axes.
 *
 * @example
 * ```ts
 * expect(permute([1, 0]).output([20, 16])).toEqual([16, 20])
 * ```
 */
export const permute = (order: readonly number[]): Layer<readonly []> => {
  const name = `permute([${order.join(', ')}])`
  if (!order.every((_, axis) => order.includes(axis)))
    throw new OptionError(`${name}: expected each axis from 0 to ${order.length - 1} once`)
  return {
    spec: { type: 'permute', order },
    structure: { kind: 'homogeneous' },
    output: (input) => {
      if (input.length !== order.length)
        throw new ShapeError(`${name}: expected ${order.length} axes, got [batch, ${input.join(', ')}]`)
      return order.map((axis) => input[axis] ?? 1)
    },
    init: () => [],
    apply: (_params, x) => transpose(x, [0, ...order.map((axis) => axis + 1)]),
  }
}
