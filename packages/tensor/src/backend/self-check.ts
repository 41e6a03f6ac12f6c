import {
  conv2d,
  grads,
  mul,
  square,
  sum,
  tensor4d,
  type Scalar,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core'

import { scope } from '../scope.ts'

/** Gradients of `½ Σ conv(x, w)²` with x = 1…9 as 3×3 and w = 1…4 as 2×2, by hand: small integers, so exact in float32. */
const expected = [
  [37, 121, 94, 178, 500, 342, 201, 499, 308],
  [784, 1012, 1468, 1696],
] as const

const tolerance = 1e-3

const gradients = (): readonly Tensor[] =>
  scope(() => {
    const x = tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1])
    const w = tensor4d([1, 2, 3, 4], [2, 2, 1, 1])
    const loss = (a: Tensor, b: Tensor): Scalar =>
      mul(sum(square(conv2d(a as Tensor4D, b as Tensor4D, 1, 'valid'))), 0.5)
    return grads(loss)([x, w])
  })

/** Largest relative error of one set of numbers; a NaN counts as infinite. */
const errorOf = (received: ArrayLike<number>, wanted: readonly number[]): number =>
  wanted.reduce((worst, value, i) => {
    const error = Math.abs((received[i] ?? NaN) - value) / value
    return Math.max(worst, Number.isNaN(error) ? Infinity : error)
  }, 0)

/**
 * Computes one small convolution gradient on the running backend and compares it with its known value.
 *
 * Returns the largest relative error. Rejects where that is beyond 0.001 or the backend lacks a kernel.
 */
export const selfCheck = async (): Promise<number> => {
  const made = gradients()
  try {
    const values = await Promise.all(made.map(async (gradient) => gradient.data()))
    const error = Math.max(...values.map((received, i) => errorOf(received, expected[i] ?? [])))
    if (error <= tolerance) return error
    throw new Error(
      `its gradient of a convolution is wrong: expected ${expected.join(' and ')}, got ${values.map((v) => v.join()).join(' and ')}`,
    )
  } finally {
    for (const gradient of made) gradient.dispose()
  }
}
