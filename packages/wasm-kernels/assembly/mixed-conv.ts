import { convForward } from './conv-forward'
import { convInputGradient } from './conv-input-gradient'
import { HIGHEST, LOWEST } from './elementwise'
import { Mixture, mixBias, mixKernel } from './mixture'
import { at } from './simd'
import { Window, fanIn, inputBytes, positions } from './window'

/**
 * `y_b = x_b * W_b + bias_b`, where `W_b` is the mixture of the branches' kernels under the gates of example b. The window
 * is of one group. Scratch: the mixed kernel and bias, then as for `convForward`.
 */
export function mixedConvForward(w: Window, m: Mixture, x: usize, y: usize, scratch: usize): void {
  const bias = at(scratch, fanIn(w) * w.outChannels)
  const rest = at(bias, w.outChannels)
  const outputBytes = at(0, positions(w) * w.outChannels)
  for (let group = 0; group < m.groups; group++) {
    mixKernel(m, group, fanIn(w), w.outChannels, scratch)
    convForward(w, x, scratch, mixBias(m, group, w.outChannels, bias), LOWEST, HIGHEST, y, rest)
    x += inputBytes(w)
    y += outputBytes
  }
}

/** `dx_b = convᵀ(dy_b, W_b)`. Scratch: the mixed kernel, then as for `convInputGradient`. */
export function mixedConvInputGradient(w: Window, m: Mixture, dy: usize, dx: usize, scratch: usize): void {
  const rest = at(scratch, fanIn(w) * w.outChannels)
  const outputBytes = at(0, positions(w) * w.outChannels)
  for (let group = 0; group < m.groups; group++) {
    mixKernel(m, group, fanIn(w), w.outChannels, scratch)
    convInputGradient(w, dy, scratch, dx, rest)
    dy += outputBytes
    dx += inputBytes(w)
  }
}
