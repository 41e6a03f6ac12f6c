import { foldIn, split, stream, type Key } from '@ptu/core'
import { infer } from '@ptu/layers'
import { mapParams, scope, type ParamTree, type Shape } from '@ptu/tensor'
import { add, concat, div, mul, sub, tensor, type Tensor } from '@tensorflow/tfjs-core'

import { featuresOf, type PlacedBlock } from './exact-kernels.ts'
import { selfProduct } from './gram.ts'

/** The length of the step along each direction: small against weights, large against rounding. */
const stepSize = 2e-4

/**
 * Tangent kernels of blocks by forward differences along random directions of their parameters, one `[n, n]` for each.
 *
 * `K_l ≈ 1/D·Σ_δ ΔH_δ·ΔH_δᵀ`, `ΔH_δ = (h(θ_l + ε·δ) - h(θ_l)) / ε`
 *
 * with `h` the output of the last block for every example, made flat, `[n, width]`, and each entry of `δ` either 1 or -1. Any
 * layer will do: no gradient is taken. The expectation is the exact kernel summed over all outputs,
 * `Σ_o ⟨∂h_o(x_i)/∂θ_l, ∂h_o(x_j)/∂θ_l⟩`, and the standard deviation of entry `(i, j)` at most `√(2·K_ii·K_jj/D)`. Each
 * direction costs a forward pass from block `l` on. The caller owns the kernels.
 */
export const directionKernels = (
  blocks: readonly PlacedBlock[],
  x: Tensor,
  directions: number,
  key: Key,
): readonly Tensor[] =>
  scope(() => {
    const inputs = blocks.reduce<readonly Tensor[]>(
      (done, { layer, params }) => [...done, layer.apply(params, done.at(-1) as Tensor, infer)],
      [x.clone()],
    )
    const output = featuresOf([], inputs.at(-1) as Tensor)
    return blocks.map(({ layer, params }, l) =>
      scope(() => {
        const changes = split(foldIn(key, l), directions).map((direction) =>
          scope(() => {
            const moved = [{ layer, params: stepped(params, direction) }, ...blocks.slice(l + 1)]
            return div(sub(featuresOf(moved, inputs[l] as Tensor), output), stepSize * Math.sqrt(directions))
          }),
        )
        return selfProduct(concat(changes, 1))
      }),
    )
  })

/** `θ + ε·δ`. */
const stepped = (params: ParamTree, key: Key): ParamTree => {
  let part = 0
  return mapParams(params, (leaf) => add(leaf, mul(signs(foldIn(key, part++), leaf.shape), stepSize)))
}

/** Entries that are 1 or -1 with equal probability, one random bit each. */
const signs = (key: Key, shape: Shape): Tensor => {
  const next = stream(key)
  const values = new Float32Array(shape.reduce((size, axis) => size * axis, 1))
  let bits = 0
  for (let i = 0; i < values.length; i++) {
    bits = i % 32 === 0 ? next() : bits >>> 1
    values[i] = (bits & 1) * 2 - 1
  }
  return tensor(values, [...shape], 'float32')
}
