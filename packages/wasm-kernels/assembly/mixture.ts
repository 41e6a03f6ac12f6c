import { mix } from './mix'
import { at } from './simd'

/**
 * The branches and gates of a mixed convolution, as written by `src/kernels/mixed-conv.ts`. Kernels are [elements,
 * channels], biases [channels]; gates are [channels] (their stride is 0) or [examples, channels]. 0 where there is none.
 */
@unmanaged
export class Mixture {
  /** How many mixed kernels there are: 1 for gates of [channels], else one for each example. */
  groups: i32
  source: usize
  fineTuned: usize
  random: usize
  update: usize
  updateStride: i32
  fineTune: usize
  fineTuneStride: i32
  sourceBias: usize
  fineTunedBias: usize
  randomBias: usize
}

/** Where the gradients of a mixture go; shaped like what they belong to. */
@unmanaged
export class MixtureGradient {
  fineTuned: usize
  random: usize
  update: usize
  fineTune: usize
  fineTunedBias: usize
  randomBias: usize
}

@inline
function fineTuneGate(m: Mixture, group: i32): usize {
  return m.fineTune ? at(m.fineTune, group * m.fineTuneStride) : 0
}

/** `W = (1 - u)·W_S + u·(f·W_R + (1 - f)·W_T)` with the gates of one group. */
export function mixKernel(m: Mixture, group: i32, elements: i32, channels: i32, kernel: usize): void {
  const update = at(m.update, group * m.updateStride)
  mix(1, elements, channels, m.source, m.fineTuned, m.random, update, 0, fineTuneGate(m, group), 0, kernel)
}

/** The same of the biases; returns 0 where there are none. */
export function mixBias(m: Mixture, group: i32, channels: i32, bias: usize): usize {
  if (!m.sourceBias) return 0
  const update = at(m.update, group * m.updateStride)
  const fineTune = fineTuneGate(m, group)
  mix(1, 1, channels, m.sourceBias, m.fineTunedBias, m.randomBias, update, 0, fineTune, 0, bias)
  return bias
}
