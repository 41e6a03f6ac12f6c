import type { Openness } from '@ptu/gates'
import type { Layer } from '@ptu/layers'
import { mapParams, zipParams, type ParamTree } from '@ptu/tensor'
import { add, mul, sub, type Tensor } from '@tensorflow/tfjs-core'

import type { UnitParams } from './mixing.ts'
import { PlanError } from './strategy.ts'

/** Mixes parameters channel by channel: `θ = (1 - u)·θ_S + u·( f·θ_F + (1 - f)·θ_0 )`. */
export const mixParams = (
  layer: Layer,
  source: ParamTree,
  { fineTuned, random }: UnitParams,
  { update, fineTune }: Openness,
): ParamTree => {
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
