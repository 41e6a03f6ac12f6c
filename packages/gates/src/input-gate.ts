import { scope } from '@ptu/tensor'
import { add, concat, matMul, mean, reshape, sigmoid, zeros, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core'

import type { BranchCount, Branches, Gate, Openness } from './gate.ts'
import { logit } from './logit.ts'
import { mix } from './mix.ts'

/** The affine map of one neuron per channel over the branches. */
export type NeuronParams = {
  /** `[branches · channels, channels]`, zero at the start. */
  readonly kernel: Tensor
  /** `[channels]` */
  readonly bias: Tensor
}

/** A neuron for each gate; units of two branches have no fine-tune gate. */
export type InputGateParams = { readonly update: NeuronParams; readonly fineTune?: NeuronParams }

/** The number of branches, and the start of the gates. */
export interface InputGateOptions {
  readonly branches?: BranchCount
  /** Start of the update gate, in (0, 1). */
  readonly update?: number
  readonly fineTune?: number
}

/**
 * Gates that look at the branches they mix: `u = σ(W_u·(z_S, z_F, z_0) + b_u)`, the same for `f`. Closest to the abstract's
 * "artificial neuron".
 *
 * `z_S`, `z_F`, `z_0` are the source, fine-tuned and random branches averaged over positions; `W` starts at 0. Kept for study: it cannot be folded, as its
 * gates differ from example to example, and it did not win (see docs/fidelity.md).
 *
 * References:
 *   Zhang, Zhang & Yang, "Parameter Transfer Unit for Deep Neural Networks", PAKDD 2019, abstract, https://arxiv.org/abs/1804.08613
 */
export const inputGate = ({
  branches = 2,
  update = branches === 2 ? 0.5 : 0.75,
  fineTune = 0.88,
}: InputGateOptions = {}): Gate<InputGateParams> => ({
  name: 'input',
  branches,
  init: (_key, channels) => ({
    update: neuron(branches, channels, update),
    ...(branches === 3 && { fineTune: neuron(branches, channels, fineTune) }),
  }),
  apply: (params, mixed) => scope(() => mix(opennessFor(params, mixed), mixed)),
})

const neuron = (branches: BranchCount, channels: number, start: number): NeuronParams => ({
  kernel: zeros([branches * channels, channels]),
  bias: scope(() => add(zeros([channels]), logit(start))),
})

const opennessFor = (params: InputGateParams, { source, fineTuned, random }: Branches): Openness => {
  const seen = concat([source, fineTuned, ...(random ? [random] : [])].map(overPositions), 1)
  const fire = ({ kernel, bias }: NeuronParams): Tensor =>
    broadcastable(sigmoid(add(matMul(seen as Tensor2D, kernel as Tensor2D), bias)), source)
  return { update: fire(params.update), ...(params.fineTune && { fineTune: fire(params.fineTune) }) }
}

/** The mean over all axes but the first and the last: `[batch, ..., channels] -> [batch, channels]`. */
const overPositions = (x: Tensor): Tensor =>
  x.rank === 2
    ? x
    : mean(
        x,
        Array.from({ length: x.rank - 2 }, (_, i) => i + 1),
      )

const broadcastable = (gate: Tensor, like: Tensor): Tensor =>
  reshape(gate, [like.shape[0], ...Array.from({ length: like.rank - 2 }, () => 1), like.shape.at(-1) ?? 1])
