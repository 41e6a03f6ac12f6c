import { OptionError } from '@ptu/core'
import type { Mode } from '@ptu/layers'
import { scope, type Shape } from '@ptu/tensor'
import { scalar } from '@tensorflow/tfjs-core'

import type { Gate, Openness } from './gate.ts'
import { mix } from './mix.ts'
import { noisy, type GateNoise, type Noise } from './noise.ts'

/** The openness of the two gates, and their noise. */
export interface FixedGateOptions {
  /** Openness of the update gate, in [0, 1]. */
  readonly update: number
  /** Openness of the fine-tune gate, in [0, 1]. If it is given, units have a random branch. */
  readonly fineTune?: number
  readonly noise?: Noise
  /** The noise of the fine-tune gate, if it differs. Default `noise`. */
  readonly fineTuneNoise?: Noise
}

const check = (value: number): void => {
  if (!(value >= 0 && value <= 1)) throw new OptionError(`fixedGate: expected openness from 0 to 1, got ${value}`)
}

const isSettled = (value: number): boolean => value === 0 || value === 1

/**
 * Gates that are not learnt: the control that learnt gates are compared with, and the unit's limits.
 *
 * `update: 0` shares, `{ update: 1, fineTune: 1 }` fine-tunes, `{ update: 1, fineTune: 0 }` trains from scratch, each bit
 * for bit, and without draws: a draw of a gate at 0 or 1 is the gate. `{ update: 0.75 }` with annealed noise is the control
 * of every comparison.
 *
 * Throws `OptionError` for a value outside [0, 1].
 */
export const fixedGate = ({
  update,
  fineTune,
  noise = 'annealed',
  fineTuneNoise = noise,
}: FixedGateOptions): Gate<readonly []> => {
  check(update)
  if (fineTune !== undefined) check(fineTune)
  const openness = (): Openness => ({
    update: scalar(update),
    ...(fineTune !== undefined && { fineTune: scalar(fineTune) }),
  })
  // behind a shut update gate the fine-tune gate does not matter
  const isQuiet = update === 0 || [update, fineTune ?? 1].every(isSettled)
  const drawn: GateNoise = isQuiet ? { update: 'none', fineTune: 'none' } : { update: noise, fineTune: fineTuneNoise }
  const sample = (_params: readonly [], shape: Shape, mode: Mode): Openness =>
    scope(() => noisy(openness(), shape, drawn, mode))
  return {
    name: 'fixed',
    branches: fineTune === undefined ? 2 : 3,
    init: () => [],
    apply: (params, mixed, mode) => scope(() => mix(sample(params, mixed.source.shape, mode), mixed)),
    sample,
    openness,
  }
}
