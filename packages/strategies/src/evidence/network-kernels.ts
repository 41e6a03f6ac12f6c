import { disposeParams, scope } from '@ptu/tensor'
import { add, addN, div, eye, maximum, mul, sum, type Tensor } from '@tensorflow/tfjs-core'

import type { SquareMatrix } from './cholesky.ts'
import type { PlacedBlock } from './exact-kernels.ts'

/** Kernels of networks on examples: for each network the `[n, n]` of its features, then one for each block. The caller owns them. */
export type KernelsOf = (networks: readonly (readonly PlacedBlock[])[], x: Tensor) => readonly (readonly Tensor[])[]

/**
 * The kernels of networks: of the features, `K_0`, and of each block, every one of unit mean diagonal. The caller owns them.
 */
export const unitKernels = (
  networks: readonly (readonly PlacedBlock[])[],
  x: Tensor,
  kernelsOf: KernelsOf,
): readonly (readonly Tensor[])[] => scope(() => kernelsOf(networks, x).map((kernels) => kernels.map(unit)))

/** Below this mean diagonal a kernel is taken as 0. */
const silent = 1e-9

const unit = (kernel: Tensor): Tensor => {
  const [n] = kernel.shape
  return scope(() => div(kernel, maximum(div(sum(mul(kernel, eye(n))), n), silent)))
}

/** The two matrices of a network: with all blocks frozen `1 + K_0`, with all of them moving `1 + K_0 + Σ_l K_l`. */
export interface NetworkKernels {
  readonly frozen: SquareMatrix
  readonly adapted: SquareMatrix
}

/** The matrices of networks, read from the engine. */
export const networkKernels = async (
  networks: readonly (readonly PlacedBlock[])[],
  x: Tensor,
  kernelsOf: KernelsOf,
): Promise<readonly NetworkKernels[]> => {
  const found = scope(() =>
    unitKernels(networks, x, kernelsOf).map((kernels) => ({
      frozen: add(kernels[0] as Tensor, 1),
      adapted: add(addN([...kernels]), 1),
    })),
  )
  const read = await Promise.all(
    found.map(async ({ frozen, adapted }) => ({ frozen: await matrixOf(frozen), adapted: await matrixOf(adapted) })),
  )
  disposeParams(found)
  return read
}

const matrixOf = async (kernel: Tensor): Promise<SquareMatrix> => ({
  size: kernel.shape[0],
  values: Float64Array.from(await kernel.data()),
})
