import { OptionError, split, uniforms, type Key } from '@ptu/core'
import { splitMode, type Mode } from '@ptu/layers'
import { scope, straightThrough, type Shape } from '@ptu/tensor'
import { cast, less, tensor, where, type Tensor } from '@tensorflow/tfjs-core'

import type { Openness } from './gate.ts'

/** The noise of a gate in training: on every draw (`constant`), less and less often (`annealed`), or never (`none`). */
export type Noise = 'annealed' | 'constant' | 'none'

/** The probability that a gate is replaced by a draw: `1 - progress` when annealed. */
export const noiseProbability = (noise: Noise, progress: number): number => {
  if (!(progress >= 0 && progress <= 1)) throw new OptionError(`expected progress from 0 to 1, got ${progress}`)
  return { annealed: 1 - progress, constant: 1, none: 0 }[noise]
}

/**
 * A gate as it is used in training: per example and channel, with probability `p`, a draw `m ~ Bernoulli(g)`, else `g`.
 *
 * `gate` is `[channels]` or a scalar, `mixed` the shape `[batch, ..., channels]` of what it mixes, the result
 * `[batch, 1, ..., 1, channels]`: one draw serves all positions of a map and all steps of a sequence. The gradient passes
 * straight through to `g`. At inference it is `gate` itself.
 *
 * The draws are the {@link sample} of Bengio et al.'s straight-through estimator; the value of a draw is exactly 0 or 1.
 *
 * References:
 *   Bengio, Léonard & Courville, "Estimating or propagating gradients through stochastic neurons", 2013, §3, https://arxiv.org/abs/1308.3432
 */
export const sample = (gate: Tensor, mixed: Shape, noise: Noise, mode: Mode): Tensor => {
  const draws = drawsOf(mixed, noise, mode)
  return draws === undefined ? gate.clone() : scope(() => straightThrough(drawn(gate, draws), gate))
}

/** The draws of a gate in one step. */
export interface Draws {
  /** `[batch, 1, ..., 1, channels]` */
  readonly shape: number[]
  /** An entry is open if its openness is above its threshold; thresholds of at least 2 mark entries that keep it. */
  readonly thresholds: Float32Array
}

const kept = 2

/** The draws for branches of the shape `mixed`; undefined in a mode without noise. */
export const drawsOf = (mixed: Shape, noise: Noise, mode: Mode): Draws | undefined => {
  if (mode.kind === 'infer') return undefined
  const probability = noiseProbability(noise, mode.progress ?? 0)
  if (probability === 0) return undefined
  const shape = mixed.map((size, axis) => (axis === 0 || axis === mixed.length - 1 ? size : 1))
  return { shape, thresholds: thresholdsOf(shape, mode.key, probability) }
}

const thresholdsOf = (shape: readonly number[], key: Key, probability: number): Float32Array => {
  const [drawKey = key, keepKey = key] = split(key, 2)
  const size = shape.reduce((n, axis) => n * axis, 1)
  const thresholds = uniforms(drawKey, size)
  if (probability < 1) {
    const chance = uniforms(keepKey, size)
    for (let i = 0; i < size; i++) if ((chance[i] ?? 0) >= probability) thresholds[i] = kept
  }
  return thresholds
}

const drawn = (gate: Tensor, { shape, thresholds }: Draws): Tensor => {
  const threshold = tensor(thresholds, shape, 'float32')
  const mask = cast(less(threshold, gate), 'float32')
  return thresholds.includes(kept) ? where(less(threshold, kept), mask, gate) : mask
}

/** The noise of both gates. */
export interface GateNoise {
  readonly update: Noise
  readonly fineTune: Noise
}

/** Both gates with noise from independent keys. */
export const noisy = ({ update, fineTune }: Openness, mixed: Shape, noise: GateNoise, mode: Mode): Openness => {
  const [updateMode = mode, fineTuneMode = mode] = splitMode(mode, 2)
  return {
    update: sample(update, mixed, noise.update, updateMode),
    ...(fineTune && { fineTune: sample(fineTune, mixed, noise.fineTune, fineTuneMode) }),
  }
}
