import { Tree } from '@ptu/core'
import { infer, type Layer } from '@ptu/layers'
import { scope, valueAndGrad, withGradient, zipParams, type ParamTree } from '@ptu/tensor'
import { add, matMul, mul, reshape, sum, zeros, type Scalar, type Tensor } from '@tensorflow/tfjs-core'

import { gramOf, selfProduct, type Gram } from './gram.ts'

/** A block of a network with the parameters that it has under a hypothesis. */
export interface PlacedBlock {
  readonly layer: Layer
  readonly params: ParamTree
}

/** The output of blocks for examples `[n, ...]`, made flat: `[n, width]`. */
export const featuresOf = (blocks: readonly PlacedBlock[], x: Tensor): Tensor =>
  scope(() => {
    const last = blocks.reduce((h, { layer, params }) => layer.apply(params, h, infer), x.clone())
    return reshape(last, [x.shape[0], -1])
  })

/** Tests for a block of which every layer with parameters has a known Gram function. */
export const hasExactKernel = ({ layer, params }: PlacedBlock): boolean => {
  const { structure, spec } = layer
  if (structure.kind === 'composite')
    return structure.parts.every((part, i) =>
      hasExactKernel({ layer: part, params: (params as readonly ParamTree[])[i] ?? [] }),
    )
  return Tree.leaves(params).length === 0 || gramOf(spec) !== undefined
}

/**
 * The exact kernels of a network, for random projections `v` of its features: `h·hᵀ`, then for each block
 *
 * `K_l(i,j) = Σ_v ⟨∂(v·h(x_i))/∂θ_l, ∂(v·h(x_j))/∂θ_l⟩`
 *
 * with `h` the output of the last block, made flat, and `θ_l` the parameters of block `l`. No gradient of a single
 * example is formed: the gradient of an affine layer is output gradient times input, so inner products suffice. One
 * forward and one backward pass for each projection. Each kernel is `[n, n]`; the caller owns them.
 *
 * References:
 *   Jacot, Gabriel & Hongler, "Neural tangent kernel: convergence and generalization in neural networks", NeurIPS 2018, §4, https://arxiv.org/abs/1806.07572
 */
export const exactKernels = (
  blocks: readonly PlacedBlock[],
  x: Tensor,
  projections: readonly Tensor[],
): readonly Tensor[] =>
  scope(() => {
    const start = blocks.map(() => zeros([x.shape[0], x.shape[0]]))
    const along = (projection: Tensor): readonly Tensor[] =>
      valueAndGrad((meetings: readonly Tensor[]): Scalar => {
        const watched = blocks.map(({ layer, params }, l) => ({ layer: tapped(layer, meetings[l] as Tensor), params }))
        return sum(matMul(featuresOf(watched, x) as never, reshape(projection, [-1, 1])))
      })(start).grads
    const tangents = projections.reduce<readonly Tensor[]>(
      (totals, projection) => scope(() => zipParams(totals, along(projection), (total, gram) => add(total, gram))),
      start,
    )
    return [selfProduct(featuresOf(blocks, x)), ...tangents]
  })

/** The layer with a tap behind each part that has a Gram function. */
const tapped = (layer: Layer, meeting: Tensor): Layer => {
  const { structure, spec } = layer
  if (structure.kind === 'composite') return structure.rebuild(structure.parts.map((part) => tapped(part, meeting)))
  const gram = gramOf(spec)
  return gram === undefined
    ? layer
    : { ...layer, apply: (params, x, mode) => scope(() => tap(layer.apply(params, x, mode), x, meeting, gram)) }
}

/**
 * Passes `y` on. In the backward pass, the gradient that arrives for `y` meets the input `x` it was made of, and their Gram
 * matrix leaves as if it were the gradient of `meeting`, a matrix of zeros. The engine adds up what several taps send.
 */
const tap = (y: Tensor, x: Tensor, meeting: Tensor, gram: Gram): Tensor =>
  withGradient(
    (save, [output]) => {
      save([x])
      return { value: output.clone(), gradient: (dy, [input = x]) => [mul(dy, 1), gram(input, dy)] }
    },
    [y, meeting] as const,
  )
