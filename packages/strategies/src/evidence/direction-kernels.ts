import { foldIn, stream, type Key } from '@ptu/core'
import { infer } from '@ptu/layers'
import { mapParams, scope, type ParamTree, type Shape } from '@ptu/tensor'
import { add, concat, div, mul, sub, tensor, type Tensor } from '@tensorflow/tfjs-core'

import { selfProduct } from './gram.ts'
import { groupsOf, runFrom, type Blocks, type Sharing } from './shared-blocks.ts'

/** The options for drawing directions, and the listener for each kernel. */
export interface DirectionOptions {
  readonly directions: number
  readonly key: Key
  readonly onStep?: ((done: number, total: number) => void) | undefined
}

/** The length of the step along each direction: small against weights, large against rounding. */
const stepSize = 2e-4

/**
 * Kernels of several networks, tangent kernels by forward differences along random directions of the parameters: for
 * each network the `[n, n]` of its features, `h·hᵀ`, then one for each of its blocks.
 *
 * `K_l ≈ 1/D·Σ_δ ΔH_δ·ΔH_δᵀ`, `ΔH_δ = (h(θ_l + ε·δ) - h(θ_l)) / ε`
 *
 * with `h` the output of the last block for every example, made flat, `[n, width]`, and each entry of `δ` either 1 or
 * -1. No gradient is taken, so any layer is served. The expectation is the exact kernel summed over all outputs,
 * `Σ_o ⟨∂h_o(x_i)/∂θ_l, ∂h_o(x_j)/∂θ_l⟩`, and the standard deviation of entry `(i, j)` at most `√(2·K_ii·K_jj/D)`. Each
 * direction costs a forward pass from block `l` on. A block that is one object in several networks, behind the same
 * blocks, runs once for all of them. The caller owns the kernels.
 */
export const directionKernels = (
  networks: readonly Blocks[],
  x: Tensor,
  { directions, key, onStep }: DirectionOptions,
): readonly (readonly Tensor[])[] =>
  scope(() => {
    const everyone = networks.map((_, member) => member)
    const outputs = runFrom(everyone, networks, 0, x)
    const total = countGroups(everyone, networks, 0)
    let done = 0
    const kernelsFrom = (members: readonly number[], l: number, h: Tensor): readonly Found[] =>
      groupsOf(members, networks, l).flatMap((sharing) => {
        const { layer, params } = sharing.block
        const moved = (d: number): Tensor => layer.apply(stepped(params, foldIn(foldIn(key, l), d)), h, infer)
        const changes = Array.from({ length: directions }, (_, d) =>
          scope(() => changesOf(sharing, runFrom(sharing.members, networks, l + 1, moved(d)), outputs)),
        )
        onStep?.(++done, total)
        const own = sharing.members.map((member, m) => ({ member, l, kernel: averaged(changes, m) }))
        return [...own, ...kernelsFrom(sharing.members, l + 1, layer.apply(params, h, infer))]
      })
    const found = kernelsFrom(everyone, 0, x)
    return networks.map((blocks, member) => [
      selfProduct(outputs[member] as Tensor),
      ...blocks.map((_, l) => found.find((one) => one.member === member && one.l === l)?.kernel as Tensor),
    ])
  })

/** The number of blocks of networks, those that they share counted once. */
const countGroups = (members: readonly number[], networks: readonly Blocks[], l: number): number =>
  groupsOf(members, networks, l).reduce((sum, sharing) => sum + 1 + countGroups(sharing.members, networks, l + 1), 0)

/** `ΔH` of each member. */
const changesOf = ({ members }: Sharing, moved: readonly Tensor[], outputs: readonly Tensor[]): readonly Tensor[] =>
  members.map((member, m) => div(sub(moved[m] as Tensor, outputs[member] as Tensor), stepSize))

/** `1/D·Σ ΔH·ΔHᵀ` of the `m`-th member. */
const averaged = (changes: readonly (readonly Tensor[])[], m: number): Tensor =>
  scope(() => {
    const side = concat(
      changes.map((change) => change[m] as Tensor),
      1,
    )
    return div(selfProduct(side), changes.length)
  })

/** The kernel of block `l` of one of the networks. */
type Found = { readonly member: number; readonly l: number; readonly kernel: Tensor }

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
