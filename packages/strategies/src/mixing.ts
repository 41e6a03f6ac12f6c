import type { Gate } from '@ptu/gates'
import { infer, type Layer, type Mixer, type Mode } from '@ptu/layers'
import type { ParamTree, Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

/** The learnt parameters of a unit: every branch except the source's, and the gates. */
export type UnitParams = { readonly fineTuned: ParamTree; readonly random?: ParamTree; readonly gate: ParamTree }

/** The modes that the learnt branches and the gates of a unit run in. */
export interface UnitModes {
  readonly fineTuned: Mode
  readonly random: Mode
  readonly gate: Mode
}

/** A way to make the output of a unit from its branches. */
export interface Mixing {
  /** The source's part, which no learnt parameter of the unit changes; undefined if there is none. */
  source(x: Tensor): Tensor | undefined
  /** The output of the unit; `source` is what `source(x)` returned. */
  apply(params: UnitParams, x: Tensor, source: Tensor | undefined, modes: UnitModes): Tensor
}

/** Mixes the outputs of the layer under the parameters of each branch. */
export const outputMixing = (layer: Layer, pretrained: ParamTree, gate: Gate): Mixing => {
  const sourceOf = (x: Tensor): Tensor => layer.apply(pretrained, x, infer)
  return {
    source: sourceOf,
    apply: (params, x, source, modes) => {
      const branches = {
        source: source ?? sourceOf(x),
        fineTuned: layer.apply(params.fineTuned, x, modes.fineTuned),
        ...(params.random !== undefined && { random: layer.apply(params.random, x, modes.random) }),
      }
      return gate.apply(params.gate, branches, modes.gate)
    },
  }
}

/** Mixes the parameters, example by example; undefined if the gate looks at the branches. */
export const parameterMixing = (mixer: Mixer, pretrained: ParamTree, gate: Gate, output: Shape): Mixing | undefined => {
  const sample = gate.sample?.bind(gate)
  return (
    sample && {
      source: () => undefined,
      apply: ({ gate: gateParams, ...learnt }, x, _source, modes) => {
        const open = sample(gateParams, [x.shape[0], ...output], modes.gate)
        return mixer.apply({ source: pretrained, ...learnt }, open, x)
      },
    }
  )
}
