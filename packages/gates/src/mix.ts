import { OptionError } from '@ptu/core'
import { scope } from '@ptu/tensor'
import { add, broadcastTo, engine, getBackend, getKernel, mul, sub, type Tensor } from '@tensorflow/tfjs-core'

import type { Branches, Openness } from './gate.ts'

/** The branches and gates of a unit with two or three branches. */
type Mixed =
  | readonly [source: Tensor, fineTuned: Tensor, update: Tensor]
  | readonly [source: Tensor, fineTuned: Tensor, update: Tensor, random: Tensor, fineTune: Tensor]

/**
 * Mixes branches by how far the gates are open.
 *
 * `z = (1 - u)·z_S + u·(f·z_F + (1 - f)·z_0)`, with two branches `z = (1 - u)·z_S + u·z_F`
 *
 * with `u` the update gate, `f` the fine-tune gate, and `z_S`, `z_F`, `z_0` the source, fine-tuned and random branch.
 * Written so that gates of exactly 0 and 1 give one branch bit for bit; `z_S + u·(z_F - z_S)` would round.
 *
 * A backend that has the kernel `PtuMix` (see `@ptu/wasm-kernels`) does it in one pass, with the same bits.
 *
 * Throws `OptionError` if there is a random branch and no fine-tune gate, or the other way round.
 */
export const mix = ({ update, fineTune }: Openness, { source, fineTuned, random }: Branches): Tensor => {
  if ((fineTune === undefined) !== (random === undefined))
    throw new OptionError('mix: expected a fine-tune gate and a random branch together; got one without the other')
  const mixed: Mixed = fineTune && random ? [source, fineTuned, update, random, fineTune] : [source, fineTuned, update]
  const inOnePass = (getKernel('PtuMix', getBackend()) as unknown) !== undefined
  return scope(() => (inOnePass ? kernel(mixed) : composed(mixed)))
}

const composed = ([source, fineTuned, update, random, fineTune]: Mixed): Tensor =>
  convex(update, random && fineTune ? add(mul(fineTune, fineTuned), mul(sub(1, fineTune), random)) : fineTuned, source)

/** `(1 - gate)·shut + gate·open` */
const convex = (gate: Tensor, open: Tensor, shut: Tensor): Tensor => add(mul(sub(1, gate), shut), mul(gate, open))

/** The kernel wants gates per channel. */
const kernel = ([source, fineTuned, update, random, fineTune]: Mixed): Tensor => {
  const channels = source.shape.at(-1) ?? 1
  const perChannel = (gate: Tensor): Tensor => (gate.rank === 0 ? broadcastTo(gate, [channels]) : gate)
  const three = random && fineTune ? [random, perChannel(fineTune)] : []
  return engine().runKernel<Tensor>('PtuMix', [source, fineTuned, perChannel(update), ...three] as never)
}
