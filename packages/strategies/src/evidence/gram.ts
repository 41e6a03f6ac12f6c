import type { LayerSpec } from '@ptu/layers'
import { scope } from '@ptu/tensor'
import { add, addN, matMul, mul, reshape, slice, sum, zeros, type Tensor } from '@tensorflow/tfjs-core'

import { patchesOf, windowOf } from './patches.ts'

/**
 * The inner products of the parameter gradients of a layer, example by example: `[n, n]` with entry
 * `⟨∂(d_i·y_i)/∂θ, ∂(d_j·y_j)/∂θ⟩`, from the layer's input `x` and the gradient `d` by its output `y`.
 */
export type Gram = (x: Tensor, dy: Tensor) => Tensor

/** The most numbers that the gradients of one piece of a layer may take. */
const pieceSize = 2 ** 23

/**
 * The exact Gram function of a layer, read off its description; undefined for a layer without one.
 *
 * Affine layers have one: their gradient is the outer product of output gradient and input. Known are dense layers, alone
 * and at each step, and convolutions of maps without groups.
 */
export const gramOf = (spec: LayerSpec): Gram | undefined => {
  if (spec.type === 'dense') return denseGram
  if (spec.type === 'timeDistributed')
    return (spec['layer'] as LayerSpec).type === 'dense' && spec['masked'] !== true ? stepsGram : undefined
  if (spec.type !== 'conv2d' || spec['groups'] !== undefined) return undefined
  const window = windowOf(spec)
  const hasBias = spec['bias'] === true
  return (x, dy) =>
    scope(() => {
      const outputs = positions(dy)
      const pieces = patchesOf(x, window, dy.shape, pieceSize).map((piece) => scope(() => piecewise(piece(), outputs)))
      return addN(hasBias ? [...pieces, selfProduct(sum(outputs, 1))] : pieces)
    })
}

/** `A·Aᵀ` of `[n, d]`. */
export const selfProduct = (a: Tensor): Tensor => matMul(a as never, a as never, false, true)

/** `⟨d_i ⊗ (x_i, 1), d_j ⊗ (x_j, 1)⟩ = (d_i·d_j)·(x_i·x_j + 1)`. */
const denseGram: Gram = (x, dy) => scope(() => mul(selfProduct(dy), add(selfProduct(x), 1)))

/** A dense layer at each step: `G_i = Σ_t x_it ⊗ d_it`, and `Σ_t d_it` for the bias. */
const stepsGram: Gram = (x, dy) => scope(() => add(piecewise(x, dy), selfProduct(sum(dy, 1))))

/** `[batch, height, width, channels] -> [batch, height · width, channels]`. */
const positions = (map: Tensor): Tensor => reshape(map, [map.shape[0], -1, map.shape.at(-1) ?? 1])

/** The Gram matrix of `G_i = Σ_p x_ip ⊗ d_ip` for `x` `[n, places, q]` and `d` `[n, places, out]`, some rows of `G` at a time. */
const piecewise = (x: Tensor, dy: Tensor): Tensor => {
  const [n, , out = 1] = dy.shape
  const rows = x.shape[2] ?? 1
  const step = Math.max(1, Math.floor(pieceSize / (n * out)))
  let total = zeros([n, n])
  for (let start = 0; start < rows; start += step)
    total = scope(() => {
      const some = step < rows ? slice(x, [0, 0, start], [-1, -1, Math.min(step, rows - start)]) : x
      return add(total, selfProduct(reshape(matMul(some as never, dy as never, true, false), [n, -1])))
    })
  return total
}
