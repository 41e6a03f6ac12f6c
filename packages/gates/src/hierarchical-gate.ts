import { splitMode, type Mode } from '@ptu/layers'
import { scope, type Shape } from '@ptu/tensor'
import {
  add,
  engine,
  getBackend,
  getKernel,
  scalar,
  sigmoid,
  zeros,
  type NamedAttrMap,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core'

import type { BranchCount, Gate, Openness } from './gate.ts'
import { logit } from './logit.ts'
import { mix } from './mix.ts'
import { drawsOf, sample as sampleGate, type Noise } from './noise.ts'

/** The logit of one gate: one number for the whole unit and a small deviation per channel. */
export type GateParams = {
  /** `a`, a scalar. */
  readonly unit: Tensor
  /** `d`, `[channels]`. */
  readonly channel: Tensor
}

/** The parameters of each gate; units of two branches have no fine-tune gate. */
export type HierarchicalGateParams = { readonly update: GateParams; readonly fineTune?: GateParams }

/** The number of branches, the start of the gates, and their noise. */
export interface HierarchicalGateOptions {
  /** 3 if units have a branch that starts at random, else 2 (the default). */
  readonly branches?: BranchCount
  /** Start of the update gate, in (0, 1). */
  readonly update?: number
  /** Start of the fine-tune gate, in (0, 1). */
  readonly fineTune?: number
  readonly noise?: Noise
  /** The noise of the fine-tune gate, if it differs. Default `noise`. */
  readonly fineTuneNoise?: Noise
}

/** σ(2), the start of the fine-tune gate. */
const mostlyFineTuned = 1 / (1 + Math.exp(-2))

const gateParams = (channels: number): GateParams => ({ unit: scalar(0), channel: zeros([channels]) })

/**
 * The two gates of the unit, each one number per unit plus a small deviation per channel, learnt with the weights.
 *
 * `u_c = σ(β_u + a + d_c)`, `f_c = σ(β_f + a' + d'_c)`
 *
 * with `c` the output channel, `a` and `d` learnt from 0, and `β` the logit of where the gate starts. Two branches have
 * the update gate only and start at u = .5; three have both and start at u = .75, f = .88.
 *
 * Consistent with the published abstract; the equations are this project's.
 *
 * References:
 *   Zhang, Zhang & Yang, "Parameter Transfer Unit for Deep Neural Networks", PAKDD 2019, abstract, https://arxiv.org/abs/1804.08613
 */
export const hierarchicalGate = ({
  branches = 2,
  update = branches === 2 ? 0.5 : 0.75,
  fineTune = mostlyFineTuned,
  noise = 'annealed',
  fineTuneNoise = noise,
}: HierarchicalGateOptions = {}): Gate<HierarchicalGateParams> => {
  const [updateStart, fineTuneStart] = [logit(update), logit(fineTune)]
  const openness = (params: HierarchicalGateParams): Openness =>
    scope(() => ({
      update: open(params.update, updateStart),
      ...(params.fineTune && { fineTune: open(params.fineTune, fineTuneStart) }),
    }))
  const sample = (params: HierarchicalGateParams, shape: Shape, mode: Mode): Openness =>
    scope(() => {
      const [updateMode = mode, fineTuneMode = mode] = splitMode(mode, 2)
      return {
        update: sampled(params.update, updateStart, shape, noise, updateMode),
        ...(params.fineTune && {
          fineTune: sampled(params.fineTune, fineTuneStart, shape, fineTuneNoise, fineTuneMode),
        }),
      }
    })
  return {
    name: 'hierarchical',
    branches,
    init: (_key, channels) => ({
      update: gateParams(channels),
      ...(branches === 3 && { fineTune: gateParams(channels) }),
    }),
    apply: (params, mixed, mode) => scope(() => mix(sample(params, mixed.source.shape, mode), mixed)),
    sample,
    openness,
  }
}

const open = ({ unit, channel }: GateParams, start: number): Tensor => sigmoid(add(add(unit as Scalar, channel), start))

/** The openness of one gate with its noise: one kernel if the backend has it, which gives the same bits. */
const sampled = (params: GateParams, start: number, mixed: Shape, noise: Noise, mode: Mode): Tensor => {
  const draws = drawsOf(mixed, noise, mode)
  if (draws === undefined || (getKernel('PtuGate', getBackend()) as unknown) === undefined)
    return sampleGate(open(params, start), mixed, noise, mode)
  const attrs = { start, ...draws } as unknown as NamedAttrMap
  const [gate] = engine().runKernel('PtuGate', params, attrs) as unknown as readonly [Tensor, Tensor]
  return gate
}
