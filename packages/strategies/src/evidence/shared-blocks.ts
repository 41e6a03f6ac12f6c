import { infer } from '@ptu/layers'
import { reshape, type Tensor } from '@tensorflow/tfjs-core'

import type { PlacedBlock } from './exact-kernels.ts'

/** The blocks of a network, input side first. */
export type Blocks = readonly PlacedBlock[]

/** Networks, by number, that have one block in common, as one object. */
export interface Sharing {
  readonly block: PlacedBlock
  readonly members: readonly number[]
}

/** Networks, by number, grouped by their block `l`; those without one are left out. */
export const groupsOf = (members: readonly number[], networks: readonly Blocks[], l: number): readonly Sharing[] => {
  const blocks = new Set(members.flatMap((member) => networks[member]?.[l] ?? []))
  return [...blocks].map((block) => ({ block, members: members.filter((member) => networks[member]?.[l] === block) }))
}

/** The features of networks from block `l` on, whose input is `h`, in the order of `members`. */
export const runFrom = (
  members: readonly number[],
  networks: readonly Blocks[],
  l: number,
  h: Tensor,
): readonly Tensor[] => {
  const groups = groupsOf(members, networks, l)
  if (groups.length === 0) return members.map(() => reshape(h, [h.shape[0], -1]))
  const found = groups.flatMap(({ block, members: sharing }) => {
    const features = runFrom(sharing, networks, l + 1, block.layer.apply(block.params, h, infer))
    return sharing.map((member, m) => ({ member, features: features[m] as Tensor }))
  })
  return members.map((member) => found.find((one) => one.member === member)?.features as Tensor)
}
