import { infer, splitMode, type Layer, type LayerSpec, type Mode } from '@ptu/layers'
import { scope, type ParamTree } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import type { UnitParams } from './mixing.ts'
import type { Unit } from './unit.ts'

/**
 * The stem of a block: its layers up to and including its first unit, where no layer that learns comes before that unit.
 *
 * The unit's source branch then depends on the block's input alone, so it is computed once per example.
 */
export interface CachedStem {
  /** The unit's input and, where outputs are mixed, its source branch. The caller owns both. */
  prepare(x: Tensor): ParamTree
  /** The rest of the block: `resume(params, x, prepare(x), mode)` equals the block at `x`, bit for bit. */
  resume(params: ParamTree, x: Tensor, prepared: ParamTree, mode: Mode): Tensor
}

type Prepared = { readonly input: Tensor; readonly source?: Tensor }

/** Tests for a layer that may come before the first unit: one without parameters, noise and cost. */
const isPassive = ({ type, layer }: LayerSpec): boolean =>
  type === 'flatten' || type === 'identity' || (type === 'timeDistributed' && isPassive(layer as LayerSpec))

export const isUnit = (layer: Layer): layer is Unit => 'foldParams' in layer

/** The cached stem of a block; undefined if a layer with a cost comes before the first unit. */
export const cachedStemOf = (target: Layer): CachedStem | undefined => {
  if (isUnit(target)) return stemOfUnit(target)
  const parts = target.structure.kind === 'composite' && target.structure.flow === 'chain' ? target.structure.parts : []
  const at = parts.findIndex(({ spec }) => !isPassive(spec))
  const first = parts[at]
  if (first === undefined || !isUnit(first)) return undefined
  return {
    prepare: (x) =>
      scope(() => {
        const input = parts.slice(0, at).reduce((h, part) => part.apply([], h, infer), x.clone())
        const source = first.sourceBranch(input)
        return source ? { input, source } : { input }
      }),
    resume: (params, _x, prepared, mode) =>
      scope(() => {
        const { input, source } = prepared as Prepared
        const all = params as readonly ParamTree[]
        const modes = splitMode(mode, parts.length)
        const mixed = first.applyWith(all[at] as UnitParams, input, source, modes[at] ?? mode)
        return parts.slice(at + 1).reduce((h, part, i) => {
          const place = at + 1 + i
          return part.apply(all[place] ?? [], h, modes[place] ?? mode)
        }, mixed)
      }),
  }
}

const stemOfUnit = (target: Unit): CachedStem => ({
  prepare: (x) => {
    const source = target.sourceBranch(x)
    return source ? { source } : {}
  },
  resume: (params, x, prepared, mode) =>
    target.applyWith(params as UnitParams, x, (prepared as Partial<Prepared>).source, mode),
})
