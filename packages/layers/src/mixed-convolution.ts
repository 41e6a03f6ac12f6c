import { scope } from '@ptu/tensor'
import { broadcastTo, engine, getBackend, getKernel, type Tensor } from '@tensorflow/tfjs-core'

import type { ConvolutionParams } from './convolution.ts'
import type { Mixer } from './structure.ts'
import { pairOf, placePads, type Window } from './window.ts'

/** Mixing kernels costs as much as convolving some positions; on fewer than these it does not pay, and the kernel refuses. */
const smallestMap = 36

/**
 * A convolution by one mixed kernel per example,
 *
 * `z_b = x_b * W_b + c_b` with `W_b = (1 - u_b)·W_S + u_b·(f_b·W_R + (1 - f_b)·W_T)`, the bias `c_b` alike,
 *
 * which is the mix of the branches' outputs, since a convolution is linear in its kernel, channel by channel. The
 * kernel gradient `G_b` of one example gives all others: `dW_R = Σ_b u_b·f_b ⊙ G_b`,
 * `du_b = Σ G_b ⊙ (f_b·W_R + (1 - f_b)·W_T - W_S)`.
 *
 * Undefined if the backend lacks the kernel `PtuMixedConv2D` (see `@ptu/wasm-kernels`) or if the map has too few
 * `output` positions for it.
 */
export const convolutionMixer = (
  window: Window,
  [height, width]: readonly [number, number],
): Mixer<ConvolutionParams> | undefined => {
  const serves = window.dilation === 1 && height * width >= smallestMap
  if (!serves || (getKernel('PtuMixedConv2D', getBackend()) as unknown) === undefined) return undefined
  return {
    apply: ({ source, fineTuned, random }, { update, fineTune }, x) =>
      scope(() => {
        const channels = source.kernel.shape.at(-1) ?? 1
        const perChannel = (gate: Tensor): Tensor => (gate.rank === 0 ? broadcastTo(gate, [channels]) : gate)
        const three = random && fineTune ? [random.kernel, perChannel(fineTune)] : []
        const biases = [source, fineTuned, random].flatMap((params) => params?.bias ?? [])
        const inputs = [x, source.kernel, fineTuned.kernel, perChannel(update), ...three, ...biases]
        const pad = placePads(window, x.shape[1] ?? 0, x.shape[2] ?? 0)
        const attrs = { strides: pairOf(window.stride), pad, branches: random ? 3 : 2 }
        return engine().runKernel<Tensor>('PtuMixedConv2D', inputs as never, attrs)
      }),
  }
}
