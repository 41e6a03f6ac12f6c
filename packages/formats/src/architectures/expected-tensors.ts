import type { Shape } from '@ptu/tensor'

import { readLayers, type Place } from '../pytorch/read-layers.ts'
import type { PlannedBlock } from './plan.ts'

const never = (): never => {
  throw new Error('a list of expected tensors has no numbers')
}

/**
 * The names and shapes of all tensors that blocks ask for, in their order; `hasBias` says which dense layers have a bias, by the name of
 * the tensor, and all have one unless it is given.
 */
export const expectedTensors = (
  blocks: readonly PlannedBlock[],
  input: Shape,
  hasBias: (name: string) => boolean = () => true,
): ReadonlyMap<string, Shape> => {
  const found = new Map<string, Shape>()
  let at: Place = { shape: input }
  for (const { name, layer, modules } of blocks) {
    const moduleOf = (module: string, suffix: string) => ({
      has: (tensor: string) => tensor === 'bias' && hasBias(`${module}.bias`),
      take: (tensor: string, shape: Shape) => {
        found.set(`${module}.${tensor}${suffix}`, shape)
        return never
      },
    })
    at = readLayers(layer, at, { block: name, names: modules, epsilon: 0, moduleOf }).at
  }
  return found
}
