import { disposeParams, scope } from '@ptu/tensor'
import { add, addN, div, eye, maximum, mul, sum, type Tensor } from '@tensorflow/tfjs-core'

import type { SquareMatrix } from './cholesky.ts'
import { featuresOf, type PlacedBlock } from './exact-kernels.ts'
import { selfProduct } from './gram.ts'
import { judge, type Judgement } from './judgement.ts'
import type { LabelledExamples } from './options.ts'

/** Tangent kernels of blocks on examples, one `[n, n]` for each block. The caller owns them. */
export type KernelsOf = (blocks: readonly PlacedBlock[], x: Tensor) => readonly Tensor[]

/** The kernels of a network: of its features, `K_0`, and of each block, each of unit mean diagonal. The caller owns them. */
export const unitKernels = (blocks: readonly PlacedBlock[], x: Tensor, kernelsOf: KernelsOf): readonly Tensor[] =>
  scope(() => [selfProduct(featuresOf(blocks, x)), ...kernelsOf(blocks, x)].map(unit))

/** Below this mean diagonal a kernel is taken as 0. */
const silent = 1e-9

const unit = (kernel: Tensor): Tensor => {
  const [n] = kernel.shape
  return scope(() => div(kernel, maximum(div(sum(mul(kernel, eye(n))), n), silent)))
}

/** Judges a network by the labels: with all blocks frozen, and with all of them moving. */
export const judgedKernels = async (
  blocks: readonly PlacedBlock[],
  { x, labels, classes }: LabelledExamples,
  kernelsOf: KernelsOf,
): Promise<{ readonly frozen: Judgement; readonly adapted: Judgement }> => {
  const [head, all] = scope(() => {
    const kernels = unitKernels(blocks, x, kernelsOf)
    return [add(kernels[0] as Tensor, 1), add(addN([...kernels]), 1)] as const
  })
  const [frozen, adapted] = await Promise.all([matrixOf(head), matrixOf(all)])
  disposeParams([head, all])
  return { frozen: judge(frozen, labels, classes), adapted: judge(adapted, labels, classes) }
}

const matrixOf = async (kernel: Tensor): Promise<SquareMatrix> => ({
  size: kernel.shape[0],
  values: Float64Array.from(await kernel.data()),
})
