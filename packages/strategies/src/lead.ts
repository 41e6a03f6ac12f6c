import { infer, splitMode, type Layer, type LayerSpec, type Mode } from '@ptu/layers'
import { scope, type ParamTree } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import type { UnitParams } from './mixing.ts'
import type { Unit } from './unit.ts'

/** The first unit of a block, where it reads the block's input but for a change of shape. */
export interface Lead {
  /** The unit's input and, where it is needed, its source branch: both depend on the block's input alone. */
  prepare(x: Tensor): ParamTree
  /** The block from there on: `resume(params, x, prepare(x), mode)` is the block at `x`, bit for bit. */
  resume(params: ParamTree, x: Tensor, prepared: ParamTree, mode: Mode): Tensor
}

type Prepared = { readonly input: Tensor; readonly source?: Tensor }

/** Whether a layer may stand before the first unit: it learns nothing, draws nothing and costs nothing. */
const isPassive = ({ type, layer }: LayerSpec): boolean =>
  type === 'flatten' || type === 'identity' || (type === 'timeDistributed' && isPassive(layer as LayerSpec))

export const isUnit = (layer: Layer): layer is Unit => 'foldParams' in layer

/** The lead of a block, or undefined where its first unit does not come first. */
export const leadOf = (target: Layer): Lead | undefined => {
  if (isUnit(target)) return leadOfUnit(target)
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

const leadOfUnit = (target: Unit): Lead => ({
  prepare: (x) => {
    const source = target.sourceBranch(x)
    return source ? { source } : {}
  },
  resume: (params, x, prepared, mode) =>
    target.applyWith(params as UnitParams, x, (prepared as Partial<Prepared>).source, mode),
})
