import { split } from '@ptu/core'
import type { Gate, Openness } from '@ptu/gates'
import { splitMode, type Layer, type Mode } from '@ptu/layers'
import { cloneParams, scope, type ParamTree, type Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import { mixParams } from './mixed-params.ts'
import { outputMixing, parameterMixing, type Mixing, type UnitParams } from './mixing.ts'
import { mapMixing, stateMixing, type HiddenMix } from './recurrent-unit.ts'
import { PlanError } from './strategy.ts'

/**
 * A Parameter Transfer Unit over one layer: a layer whose output is a mix of the layer's outputs under several parameters.
 *
 * `z = (1 - u)·h(θ_S, x) + u·( f·h(θ_F, x) + (1 - f)·h(θ_0, x) )`
 *
 * with `h` the layer, `θ_S` the source's parameters, frozen, `θ_F` trained from there, `θ_0` trained from a random start
 * (three branches only), `u` the update gate and `f` the fine-tune gate. Consistent with the published abstract; the
 * equations are this project's.
 *
 * A layer that is linear in its parameters may mix parameters per example instead of outputs: the same function at the
 * cost of one branch. A recurrent layer is not linear in its parameters, but its affine maps are. These are mixed at every
 * step, all branches read the one mixed state, and one draw of the gates serves a whole sequence.
 *
 * References:
 *   Zhang, Zhang & Yang, "Parameter Transfer Unit for Deep Neural Networks", PAKDD 2019, abstract, https://arxiv.org/abs/1804.08613
 */
export interface Unit extends Layer<UnitParams> {
  /** The source's branch, which no parameter changes; undefined if parameters are mixed instead of outputs. */
  sourceBranch(x: Tensor): Tensor | undefined
  /** The output of the unit; `source` is what `sourceBranch(x)` returned. */
  applyWith(params: UnitParams, x: Tensor, source: Tensor | undefined, mode: Mode): Tensor
  openness(params: UnitParams): Openness
  /** Parameters of the plain layer that computes the same at inference; the caller owns them. */
  foldParams(params: UnitParams): ParamTree
}

/**
 * The unit over a layer with the given pretrained parameters; `hidden` says how the state of a recurrent layer is mixed,
 * in place of its affine maps. Borrows the parameters for the unit's life.
 */
export const unit = (layer: Layer, pretrained: ParamTree, gate: Gate, hidden?: HiddenMix): Unit => {
  const mixingOf = (x: Tensor): Mixing => mixingFor(layer, pretrained, gate, hidden, x.shape.slice(1))
  const applyWith = (params: UnitParams, x: Tensor, source: Tensor | undefined, mode: Mode): Tensor =>
    scope(() => {
      const mixing = mixingOf(x)
      const [fineTuned = mode, random = mode, gateMode = mode] = splitMode(mode, 3)
      return mixing.apply(params, x, source ?? mixing.source(x), { fineTuned, random, gate: gateMode })
    })
  const openness = (params: UnitParams): Openness => {
    const opened = gate.openness?.(params.gate)
    if (opened === undefined)
      throw new PlanError(`the ${gate.name} gate depends on its input: it has no fixed openness and cannot be folded`)
    return opened
  }
  return {
    spec: { type: 'transfer-unit', layer: layer.spec, gate: gate.name },
    structure: { kind: 'opaque' },
    output: (input) => layer.output(input),
    init: (key, input) => {
      const [randomKey = key, gateKey = key] = split(key, 2)
      return {
        fineTuned: cloneParams(pretrained),
        ...(gate.branches === 3 && { random: layer.init(randomKey, input) }),
        gate: gate.init(gateKey, layer.output(input).at(-1) ?? 1),
      }
    },
    apply: (params, x, mode) => applyWith(params, x, undefined, mode),
    sourceBranch: (x) => scope(() => mixingOf(x).source(x)),
    applyWith,
    openness,
    foldParams: (params) => {
      if (hidden && layer.structure.kind === 'recurrent')
        throw new PlanError(
          `${layer.spec.type} with its hidden state mixed cannot be folded, as no one cell computes a mix of states: ` +
            "keep the model and its source, or mix its affine maps with mix: 'pre'",
        )
      return scope(() => mixParams(layer, pretrained, params, openness(params)))
    },
  }
}

/** Chooses what a unit mixes for an input: states, affine maps, parameters or outputs. The one place that decides. */
const mixingFor = (
  layer: Layer,
  pretrained: ParamTree,
  gate: Gate,
  hidden: HiddenMix | undefined,
  input: Shape,
): Mixing => {
  const { structure } = layer
  if (structure.kind === 'recurrent')
    return hidden
      ? stateMixing(layer, structure, pretrained, gate, hidden)
      : mapMixing(layer, structure, pretrained, gate)
  const mixer = structure.kind === 'affine' ? structure.mixer?.(input) : undefined
  return (
    (mixer && parameterMixing(mixer, pretrained, gate, layer.output(input))) ?? outputMixing(layer, pretrained, gate)
  )
}
