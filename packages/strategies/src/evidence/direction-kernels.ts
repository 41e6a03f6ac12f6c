import { foldIn, stream, type Key } from '@ptu/core'
import { infer } from '@ptu/layers'
import { mapParams, scope, type ParamTree, type Shape } from '@ptu/tensor'
import { add, concat, div, mul, reshape, sub, tensor, type Tensor } from '@tensorflow/tfjs-core'

import type { PlacedBlock } from './exact-kernels.ts'
import { selfProduct } from './gram.ts'

/** The length of the step along each direction: small against weights, large against rounding. */
const stepSize = 2e-4

type Blocks = readonly PlacedBlock[]

/**
 * Kernels of several networks, tangent kernels by forward differences along random directions of the parameters: for each
 * network the `[n, n]` of its features, `h·hᵀ`, then one for each of its blocks.
 *
 * `K_l ≈ 1/D·Σ_δ ΔH_δ·ΔH_δᵀ`, `ΔH_δ = (h(θ_l + ε·δ) - h(θ_l)) / ε`
 *
 * with `h` the output of the last block for every example, made flat, `[n, width]`, and each entry of `δ` either 1 or -1. Any
 * layer will do: no gradient is taken. The expectation is the exact kernel summed over all outputs,
 * `Σ_o ⟨∂h_o(x_i)/∂θ_l, ∂h_o(x_j)/∂θ_l⟩`, and the standard deviation of entry `(i, j)` at most `√(2·K_ii·K_jj/D)`. Each
 * direction costs a forward pass from block `l` on; blocks that are one object in several networks of the same blocks before
 * it run once for all of them. The caller owns the kernels.
 */
export const directionKernels = (
  networks: readonly Blocks[],
  x: Tensor,
  directions: number,
  key: Key,
): readonly (readonly Tensor[])[] =>
  scope(() => {
    const everyone = networks.map((_, member) => member)
    const outputs = runFrom(everyone, networks, 0, x)
    const kernelsFrom = (members: readonly number[], l: number, h: Tensor): readonly Found[] =>
      groupsOf(members, networks, l).flatMap(({ block, members: sharing }) => {
        const changes = Array.from({ length: directions }, (_, d) => {
          const moved = stepped(block.params, foldIn(foldIn(key, l), d))
          return changesFrom(sharing, l, block.layer.apply(moved, h, infer))
        })
        const own = sharing.map((member, m) => ({
          member,
          l,
          kernel: scope(() =>
            selfProduct(
              concat(
                changes.map((change) => change[m] as Tensor),
                1,
              ),
            ),
          ),
        }))
        return [...own, ...kernelsFrom(sharing, l + 1, block.layer.apply(block.params, h, infer))]
      })
    /** The change of the features of networks whose block `l` gives `h`. */
    const changesFrom = (members: readonly number[], l: number, h: Tensor): readonly Tensor[] =>
      scope(() => {
        const moved = runFrom(members, networks, l + 1, h)
        const size = stepSize * Math.sqrt(directions)
        return members.map((member, m) => div(sub(moved[m] as Tensor, outputs[member] as Tensor), size))
      })
    const found = kernelsFrom(everyone, 0, x)
    return networks.map((blocks, member) => [
      selfProduct(outputs[member] as Tensor),
      ...blocks.map((_, l) => found.find((one) => one.member === member && one.l === l)?.kernel as Tensor),
    ])
  })

/** The kernel of block `l` of one of the networks. */
type Found = { readonly member: number; readonly l: number; readonly kernel: Tensor }

/** Networks, by number, grouped by their block `l`; those without one are left out. */
const groupsOf = (
  members: readonly number[],
  networks: readonly Blocks[],
  l: number,
): readonly { readonly block: PlacedBlock; readonly members: readonly number[] }[] => {
  const blocks = new Set(members.flatMap((member) => networks[member]?.[l] ?? []))
  return [...blocks].map((block) => ({ block, members: members.filter((member) => networks[member]?.[l] === block) }))
}

/** The features of networks from block `l` on, whose input is `h`, in the order of `members`. */
const runFrom = (members: readonly number[], networks: readonly Blocks[], l: number, h: Tensor): readonly Tensor[] => {
  const groups = groupsOf(members, networks, l)
  if (groups.length === 0) return members.map(() => reshape(h, [h.shape[0], -1]))
  const found = groups.flatMap(({ block, members: sharing }) => {
    const features = runFrom(sharing, networks, l + 1, block.layer.apply(block.params, h, infer))
    return sharing.map((member, m) => ({ member, features: features[m] as Tensor }))
  })
  return members.map((member) => found.find((one) => one.member === member)?.features as Tensor)
}

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
