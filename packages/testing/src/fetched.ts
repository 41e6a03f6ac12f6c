import { disposeParams, scope } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

/** The numbers of a tensor, in order. */
export type Values = Float32Array | Int32Array | Uint8Array

/**
 * Computes tensors, waits for their numbers and frees them: the one way to read that every backend has.
 *
 * @example
 * ```ts
 * expect(await fetched(() => [square(tensor1d([1, 2]))])).toEqual([Float32Array.of(1, 4)])
 * ```
 */
export const fetched = async (compute: () => readonly Tensor[]): Promise<readonly Values[]> => {
  const computed = scope(compute)
  const values: Values[] = []
  for (const tensor of computed) values.push(await tensor.data())
  disposeParams(computed)
  return values
}
