import { split } from '@ptu/core'
import { mix, type Branches, type Gate, type Openness } from '@ptu/gates'
import { splitMode, type Layer, type Mode, type Recurrent } from '@ptu/layers'
import { cloneParams, mapParams, scope, zipParams, type ParamTree } from '@ptu/tensor'
import { add, mul, sub, type Tensor } from '@tensorflow/tfjs-core'

import { PlanError } from './strategy.ts'

/** What a unit learns: its branches but the source's, and its gates. */
export type UnitParams = { readonly fineTuned: ParamTree; readonly random?: ParamTree; readonly gate: ParamTree }

/**
 * A Parameter Transfer Unit over one layer: a layer whose output is a mix of the layer's outputs under several parameters.
 *
 * `z = (1 - u)·f(θ_S, x) + u·( g·f(θ_R, x) + (1 - g)·f(θ_T, x) )`
 *
 * with `θ_S` the source's parameters, frozen, `θ_R` trained from there, `θ_T` trained from a random start (three
 * branches only), `u` and `g` the gates. Consistent with the published abstract; the equations are this project's.
 *
 * Where `f` is linear in its parameters and the layer can, the parameters are mixed per example in place of the outputs:
 * the same function at the cost of one branch. A recurrent `f` is not linear in its parameters, but its affine maps are:
 * these are mixed, step by step, and all branches read the one mixed state; one draw of the gates serves a whole sequence.
 *
 * References:
 *   Zhang, Zhang & Yang, "Parameter Transfer Unit for Deep Neural Networks", PAKDD 2019, abstract, https://arxiv.org/abs/1804.08613
 */
export interface Unit extends Layer<UnitParams> {
  /** The source's branch, which no parameter changes; undefined where parameters are mixed instead of outputs. */
  sourceBranch(x: Tensor): Tensor | undefined
  /** The unit, with `source` for what `sourceBranch` gives. */
  applyWith(params: UnitParams, x: Tensor, source: Tensor | undefined, mode: Mode): Tensor
  openness(params: UnitParams): Openness
  /** Parameters of the plain layer that computes the same at inference; the caller owns them. */
  foldParams(params: UnitParams): ParamTree
}

/** The unit over a layer with the given pretrained parameters. Borrows them for the unit's life. */
export const unit = (layer: Layer, pretrained: ParamTree, gate: Gate): Unit => {
  const plainSource = (x: Tensor): Tensor => layer.apply(pretrained, x, { kind: 'infer' })
  const mixer = (x: Tensor): UnitMixer | undefined => mixerFor(layer, pretrained, gate, x)
  const applyWith = (params: UnitParams, x: Tensor, source: Tensor | undefined, mode: Mode): Tensor =>
    scope(() => {
      const [own = mode, random = mode, gateMode = mode] = splitMode(mode, 3)
      const mixed = mixer(x)
      if (mixed) return mixed(params, x, gateMode)
      const branches: Branches = {
        source: source ?? plainSource(x),
        fineTuned: layer.apply(params.fineTuned, x, own),
        ...(params.random !== undefined && { random: layer.apply(params.random, x, random) }),
      }
      return gate.apply(params.gate, branches, gateMode)
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
    sourceBranch: (x) => (mixer(x) ? undefined : plainSource(x)),
    applyWith,
    openness,
    foldParams: (params) => scope(() => mixParams(layer, pretrained, params, openness(params))),
  }
}

type UnitMixer = (params: UnitParams, x: Tensor, mode: Mode) => Tensor

/** How to mix parameters for an input, or undefined where outputs have to be mixed. The one place that decides. */
const mixerFor = (layer: Layer, pretrained: ParamTree, gate: Gate, x: Tensor): UnitMixer | undefined => {
  if (layer.structure.kind === 'recurrent') return recurrentMixer(layer, layer.structure, pretrained, gate)
  const [batch = 1, ...input] = x.shape
  const mixer = layer.structure.kind === 'affine' ? layer.structure.mixer?.(input) : undefined
  const sample = gate.sample?.bind(gate)
  if (mixer === undefined || sample === undefined) return undefined
  const shape = [batch, ...layer.output(input)]
  return ({ gate: gateParams, ...learnt }, mixedX, mode) =>
    mixer.apply({ source: pretrained, ...learnt }, sample(gateParams, shape, mode), mixedX)
}

/** Mixes the maps of every step; or, where the gates are the same for all sequences, the parameters once. */
const recurrentMixer =
  (layer: Layer, structure: Recurrent, pretrained: ParamTree, gate: Gate): UnitMixer =>
  (params, x, mode) => {
    const [batch = 1, ...input] = x.shape
    const [steps = 1, units = 1] = layer.output(input)
    const open = gate.sample?.(params.gate, [batch, steps, 1, units], mode)
    if (open && open.update.rank < 2) return layer.apply(mixParams(layer, pretrained, params, open), x, mode)
    const all = [pretrained, params.fineTuned, ...(params.random === undefined ? [] : [params.random])]
    return structure.applyMixed(all, x, ([source = x, fineTuned = x, random]) => {
      const branches = { source, fineTuned, ...(random && { random }) }
      return open ? mix(open, branches) : gate.apply(params.gate, branches, mode)
    })
  }

/** `θ = (1 - u)·θ_S + u·( g·θ_R + (1 - g)·θ_T )`, channel by channel. */
const mixParams = (layer: Layer, source: ParamTree, params: UnitParams, { update, fineTune }: Openness): ParamTree => {
  const { fineTuned, random } = params
  const target =
    fineTune === undefined || random === undefined
      ? fineTuned
      : sum(scale(layer, fineTuned, fineTune), scale(layer, random, sub(1, fineTune)))
  return sum(scale(layer, source, sub(1, update)), scale(layer, target, update))
}

const sum = (a: ParamTree, b: ParamTree): ParamTree => zipParams(a, b, (x, y) => add(x, y))

const scale = ({ structure, spec }: Layer, params: ParamTree, factor: Tensor): ParamTree => {
  if (structure.kind !== 'affine' && structure.kind !== 'recurrent')
    throw new PlanError(`${spec.type} has no affine maps that could be mixed: a unit over it cannot be folded`)
  return factor.rank === 0 ? mapParams(params, (leaf) => mul(leaf, factor)) : structure.scale(params, factor)
}
