import { ImportError } from '@ptu/networks'

import type { StoredWeight } from '../stored-weight.ts'
import { begins, checked, otherNames, type Place, type WeightsOf } from './weights.ts'

/** A weight in the group of its layer. */
export interface OwnedWeight {
  readonly weight: StoredWeight
  /** Its place in the group as digits, or what it is called there: `kernel`. */
  readonly role: string
  /** The layers inside of the layer that it is of: `['forward_layer', 'cell']`. */
  readonly part: readonly string[]
}

/** The weights of each layer by the layer's name, `outer/inner/conv1`, in the order in which Keras keeps them. */
export type OwnedWeights = ReadonlyMap<string, readonly OwnedWeight[]>

/** The known names of weights; a weight with another name is known by its place alone. */
const roles: ReadonlySet<string> = new Set([
  ...['kernel', 'bias', 'recurrent_kernel', 'depthwise_kernel', 'pointwise_kernel', 'embeddings', 'alpha'],
  ...['gamma', 'beta', 'moving_mean', 'moving_variance', 'mean', 'variance'],
])

/** States of random numbers, which are no weights. */
const isState = ({ part }: OwnedWeight): boolean => part.some((name) => name.startsWith('seed_generator'))

/** Gives a layer its weights by their places in its group. A weight is given out once. */
export const ownedIndex = (owned: OwnedWeights): ((layer: Place) => WeightsOf) => {
  const taken = new Set<StoredWeight>()
  return ({ scope, own }) => {
    const name = [...scope, own].join('/')
    const mine = (owned.get(name) ?? []).filter((weight) => !isState(weight))
    return (shapes, part) => {
      const found = part === undefined ? mine : mine.filter((one) => one.part.some((inner) => begins(inner, part)))
      const wanted = Object.entries(shapes).flatMap(([role, shape]) => (shape ? [{ role, shape }] : []))
      const entries = wanted.map(({ role, shape }, place) => {
        const weight = atPlace(found, role, place, name)
        if (taken.has(weight))
          throw new ImportError(`weight ${weight.name}: expected one layer to have it, two claim it`)
        taken.add(weight)
        return [role, checked(weight, shape)] as const
      })
      return Object.fromEntries(entries) as never
    }
  }
}

const atPlace = (found: readonly OwnedWeight[], role: string, place: number, layer: string): StoredWeight => {
  const numbered = found.some((one) => /^\d+$/.test(one.role))
  const here = numbered ? found.find((one) => one.role === String(place)) : found[place]
  if (here === undefined)
    throw new ImportError(
      `layer ${layer}: expected a weight ${role} as number ${place} of its own, got ${found.map(({ weight }) => weight.name).join(', ') || 'none'}`,
    )
  if (roles.has(here.role) && here.role !== role && here.role !== otherNames[role])
    throw new ImportError(`layer ${layer}: expected its weight ${role}, got ${here.weight.name} in its place`)
  return here.weight
}
