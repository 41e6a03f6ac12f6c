import { OptionError } from '@ptu/core'
import { scope } from '@ptu/tensor'
import { add, mul, sub, type Tensor } from '@tensorflow/tfjs-core'

import type { Branches, Openness } from './gate.ts'

/**
 * Mixes branches by how far the gates are open.
 *
 * `z = (1 - u)·z_S + u·(f·z_R + (1 - f)·z_T)`, of two branches `z = (1 - u)·z_S + u·z_R`
 *
 * with `u` the update gate, `f` the fine-tune gate, and `z_S`, `z_R`, `z_T` the source, fine-tuned and random branch.
 * Written so that gates of exactly 0 and 1 give one branch bit for bit; `z_S + u·(z_R - z_S)` would round.
 *
 * Throws `OptionError` where there is a random branch and no fine-tune gate, or the other way round.
 */
export const mix = ({ update, fineTune }: Openness, { source, fineTuned, random }: Branches): Tensor =>
  scope(() => convex(update, target(fineTune, fineTuned, random), source))

/** `gate·open + (1 - gate)·shut`, `shut` first: `(1 - gate)·shut + gate·open`. */
const convex = (gate: Tensor, open: Tensor, shut: Tensor): Tensor => add(mul(sub(1, gate), shut), mul(gate, open))

const target = (fineTune: Tensor | undefined, fineTuned: Tensor, random: Tensor | undefined): Tensor => {
  if (fineTune === undefined && random === undefined) return fineTuned
  if (fineTune === undefined || random === undefined)
    throw new OptionError('mix: expected a fine-tune gate and a random branch together; got one without the other')
  return add(mul(fineTune, fineTuned), mul(sub(1, fineTune), random))
}
