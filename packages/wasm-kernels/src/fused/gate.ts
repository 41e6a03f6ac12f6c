import { engine, registerGradient, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core'
import { PTU_GATE, PTU_GATE_GRAD } from './kernel-names.ts'

/** Attributes of a gate in training. */
export interface GateAttrs {
  /** The logit at which the gate starts. */
  readonly start: number
  /** The shape of the openness, `[batch, 1, ..., channels]`. */
  readonly shape: readonly number[]
  /** A draw from [0, 1) for each entry; entries of 2 and more keep the gate's own openness. */
  readonly thresholds: Float32Array
}

/**
 * Registers the gradient of `PtuGate`: straight through the draws to the openness `g = σ(unit + channel + start)`, so that
 * `d channel = Σ_batch dy ⊙ g ⊙ (1 - g)` and `d unit = Σ_channels d channel`.
 */
export const registerGateGradient = (): void => {
  registerGradient({
    kernelName: PTU_GATE,
    outputsToSave: [false, true],
    gradFunc: (dys, [open]) => {
      const inputs = { dy: (dys as Tensor[])[0], open } as NamedTensorMap
      const [unit, channel] = engine().runKernel(PTU_GATE_GRAD, inputs) as unknown as [Tensor, Tensor]
      return { unit: () => unit, channel: () => channel }
    },
  })
}
