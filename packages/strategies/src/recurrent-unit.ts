import { mix, type Gate, type Openness } from '@ptu/gates'
import type { Layer, MixedStates, Mode, Recurrent } from '@ptu/layers'
import type { ParamTree } from '@ptu/tensor'
import { concat, split, type Tensor } from '@tensorflow/tfjs-core'

import { mixParams } from './mixed-params.ts'
import type { Mixing, UnitParams } from './mixing.ts'

/**
 * The mix of a recurrent layer's state after every step, in place of its affine maps.
 *
 * It cannot be folded: each branch has a cell of its own, and no single cell computes a mix of the results of several.
 */
export interface HiddenMix {
  /**
   * The source's branch: `mixed` applies its cell to the mixed state; `pure` applies it to its own state, so that the
   * source runs by itself.
   */
  readonly hidden: 'mixed' | 'pure'
  /** Mixes the cell state `c` of an LSTM as well as `h`. Default false: each branch keeps a cell state of its own. */
  readonly cell?: boolean
}

/** Mixes the maps of every step or, if the gates are the same for all sequences, the parameters once. */
export const mapMixing = (layer: Layer, structure: Recurrent, pretrained: ParamTree, gate: Gate): Mixing => ({
  source: () => undefined,
  apply: (params, x, _source, { gate: mode }) => {
    const [batch = 1, ...input] = x.shape
    const [steps = 1, units = 1] = layer.output(input)
    const open = gate.sample?.(params.gate, [batch, steps, 1, units], mode)
    if (open && [open.update, open.fineTune].every((openness) => (openness?.rank ?? 0) < 2))
      return layer.apply(mixParams(layer, pretrained, params, open), x, mode)
    const mixer = open && structure.mixer?.()
    if (mixer) return mixer.mixMaps({ source: pretrained, ...learntOf(params) }, open, x)
    return structure.applyMixed([pretrained, ...branchesOf(params)], x, mixerOf(gate, params.gate, open, mode))
  },
})

/** Mixes the state after every step. */
export const stateMixing = (
  layer: Layer,
  structure: Recurrent,
  pretrained: ParamTree,
  gate: Gate,
  { hidden, cell = false }: HiddenMix,
): Mixing => {
  const count = cell ? structure.states : 1
  return {
    source: (x) => (hidden === 'pure' ? joined(structure.trace(pretrained, x, count)) : undefined),
    apply: (params, x, source, { gate: mode }) => {
      const [batch = 1, ...input] = x.shape
      const open = gate.sample?.(params.gate, [batch, layer.output(input).at(-1) ?? 1], mode)
      const branches = {
        source: source ? { states: parted(source, count) } : { params: pretrained },
        ...learntOf(params),
      }
      return mixStates(structure, branches, x, { open, count, mix: mixerOf(gate, params.gate, open, mode) })
    },
  }
}

/** The way to mix states: by gates of the given openness or, if `open` is not known, by `mix`; the first `count` of them. */
interface StateMix {
  readonly open: Openness | undefined
  readonly mix: (states: readonly Tensor[]) => Tensor
  readonly count: number
}

/** Mixes the states of branches after every step, in one pass if the backend can. */
export const mixStates = (
  structure: Recurrent,
  branches: MixedStates,
  x: Tensor,
  { open, mix, count }: StateMix,
): Tensor => {
  const mixer = open && structure.mixer?.()
  if (mixer) return mixer.mixStates(branches, open, x, count)
  const learnt = branchesOf(branches).map((params) => ({ params }))
  return structure.applyStates([branches.source, ...learnt], x, mix, count)
}

/** The branches that learn, in order. */
const branchesOf = ({ fineTuned, random }: Omit<UnitParams, 'gate'>): readonly ParamTree[] =>
  random === undefined ? [fineTuned] : [fineTuned, random]

const learntOf = ({ fineTuned, random }: UnitParams): Omit<UnitParams, 'gate'> => ({
  fineTuned,
  ...(random !== undefined && { random }),
})

/** Mixes the branches by gates of the given openness or, if `open` is not known, by gates that look at the branches. */
export const mixerOf =
  (gate: Gate, params: ParamTree, open: Openness | undefined, mode: Mode) =>
  (tensors: readonly Tensor[]): Tensor => {
    const [source, fineTuned, random] = tensors as readonly [Tensor, Tensor, Tensor?]
    const branches = { source, fineTuned, ...(random && { random }) }
    return open ? mix(open, branches) : gate.apply(params, branches, mode)
  }

/** Joins several states into one tensor and splits it again: tfjs cannot differentiate a split into one. */
const joined = (states: readonly Tensor[]): Tensor => concat([...states], 2)

const parted = (states: Tensor, count: number): readonly Tensor[] => (count === 1 ? [states] : split(states, count, 2))
