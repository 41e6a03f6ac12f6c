import { convForward, multiplyPatches, packsFilter } from './conv-forward'
import { convInputGradient, scatterPatches } from './conv-input-gradient'
import { HIGHEST, LOWEST } from './elementwise'
import { packMixed, packMixedTransposed } from './mixed-pack'
import { Mixture, mixBias, mixKernel } from './mixture'
import { at } from './simd'
import { Window, fanIn, inputBytes, positions } from './window'
import { isWinograd } from './winograd-tiles'

/**
 * `y_b = x_b * W_b + bias_b`, where `W_b` is the mixture of the branches' kernels under the gates of example b. The window
 * is of one group. Scratch: the mixed kernel and bias, then as for `convForward`.
 */
export function mixedConvForward(w: Window, m: Mixture, x: usize, y: usize, scratch: usize): void {
  const bias = at(scratch, fanIn(w) * w.outChannels)
  const rest = at(bias, w.outChannels)
  const outputBytes = at(0, positions(w) * w.outChannels)
  for (let group = 0; group < m.groups; group++) {
    const mixedBias = mixBias(m, group, w.outChannels, bias)
    if (packsFilter(w)) {
      packMixed(m, group, fanIn(w), w.outChannels, scratch, rest)
      multiplyPatches(w, x, mixedBias, LOWEST, HIGHEST, y, rest)
    } else {
      mixKernel(m, group, fanIn(w), w.outChannels, scratch)
      convForward(w, x, scratch, mixedBias, LOWEST, HIGHEST, y, rest)
    }
    x += inputBytes(w)
    y += outputBytes
  }
}

/** `dx_b = convᵀ(dy_b, W_b)`. Scratch: the mixed kernel, then as for `convInputGradient`. */
export function mixedConvInputGradient(w: Window, m: Mixture, dy: usize, dx: usize, scratch: usize): void {
  const rest = at(scratch, fanIn(w) * w.outChannels)
  const outputBytes = at(0, positions(w) * w.outChannels)
  for (let group = 0; group < m.groups; group++) {
    if (isWinograd(w, w.outChannels)) {
      mixKernel(m, group, fanIn(w), w.outChannels, scratch)
      convInputGradient(w, dy, scratch, dx, rest)
    } else {
      packMixedTransposed(m, group, fanIn(w), w.outChannels, scratch, rest)
      scatterPatches(w, dy, dx, rest)
    }
    dy += outputBytes
    dx += inputBytes(w)
  }
}
