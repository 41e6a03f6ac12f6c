import type { Tree } from '@ptu/core'
import { disposeParams } from '@ptu/tensor'

import type { TransferModel, TransferParams } from './transfer.ts'

/** The openness of the gates of one unit: one number per channel, or a single one where the gate has no channels. */
export interface GateValues {
  readonly block: string
  /** The number of the unit within its block, from 0. */
  readonly unit: number
  readonly update: readonly number[]
  readonly fineTune?: readonly number[]
}

/** Reads the openness of the gates of a model, block by block; empty for a model without gates. */
export const gateValues = async (model: TransferModel, params: TransferParams): Promise<readonly GateValues[]> => {
  const found: GateValues[] = []
  for (const [i, block] of model.blocks.entries())
    for (const { unit, update, fineTune } of block.gates?.(params.blocks[i] ?? []) ?? []) {
      const [u, f] = await Promise.all([update.data(), fineTune?.data()])
      found.push({ block: block.name, unit, update: [...u], ...(f && { fineTune: [...f] }) })
      disposeParams([update, ...(fineTune ? [fineTune] : [])])
    }
  return found
}

/** The role of a learnt number of a transfer model, for optimizers that treat gates apart from weights. */
export type ParamRole = 'gate-unit' | 'gate-channel' | 'weight'

/**
 * The role of the parameter at a path of {@link TransferParams}: a gate's number for the whole unit, its deviations per
 * channel, or a weight.
 */
export const roleOf = (path: Tree.Path): ParamRole => {
  if (path.at(-3) !== 'gate') return 'weight'
  if (path.at(-1) === 'unit') return 'gate-unit'
  return path.at(-1) === 'channel' ? 'gate-channel' : 'weight'
}
