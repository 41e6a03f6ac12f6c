import { ImportError } from '@ptu/networks'

import { nodeBelow, type Hdf5Node } from '../hdf5/read-hdf5.ts'
import type { LayerTree } from '../layers-model/layer-tree.ts'
import type { OwnedWeight, OwnedWeights } from '../layers-model/owned-weights.ts'
import { shown } from '../shown.ts'
import type { StoredTensor } from '../stored-tensor.ts'

/** A weight of a group and the segments of its name, `['forward_lstm', 'lstm_cell', 'kernel']`. */
interface Entry {
  readonly weight: StoredTensor
  readonly segments: readonly string[]
}

/**
 * The layer of each weight of an `.h5` of Keras: a layer of the model has a group of its name, which lists its weights
 * in their order. The group of a nested model lists those of all its layers, the frozen ones last; which of them a weight
 * is of says its name, which no other weight of the group has.
 */
export const weightsInGroups = (tree: readonly LayerTree[], groups: Hdf5Node): OwnedWeights => {
  const owned = new Map<string, readonly OwnedWeight[]>()
  for (const layer of tree) {
    const group = nodeBelow(groups, layer.own)
    if (group === undefined) continue
    const entries = entriesOf(group)
    if (layer.layers === undefined)
      owned.set(
        layer.name,
        entries.map((entry) => ownedBy(entry, layer.own)),
      )
    else for (const [name, weights] of amongLayers(leavesOf(layer.layers), entries)) owned.set(name, weights)
  }
  return owned
}

/** The texts of an attribute; of many, Keras makes several: `weight_names0`, `weight_names1`. */
export const textsOf = ({ attributes }: Hdf5Node, name: string): readonly string[] => {
  const whole = attributes.get(name)
  if (whole !== undefined) return whole
  const parts: string[] = []
  for (let i = 0, part = attributes.get(`${name}0`); part !== undefined; part = attributes.get(`${name}${++i}`))
    parts.push(...part)
  return parts
}

const entriesOf = (group: Hdf5Node): readonly Entry[] =>
  textsOf(group, 'weight_names').map((name) => {
    const weight = nodeBelow(group, name)?.tensor
    if (weight === undefined)
      throw new ImportError(`group ${group.path}: expected a weight ${shown(name)}, there is none`)
    return { weight, segments: name.replace(/:\d+$/, '').split('/') }
  })

const ownedBy = ({ weight, segments }: Entry, own: string): OwnedWeight => {
  const at = segments.lastIndexOf(own, -2)
  return { weight, role: segments.at(-1) ?? '', part: segments.slice(at + 1, -1) }
}

const leavesOf = (layers: readonly LayerTree[]): readonly LayerTree[] =>
  layers.flatMap((layer) => (layer.layers ? leavesOf(layer.layers) : [layer]))

/** The weights of each of several layers: a weight is of the layer whose name comes last in its own. */
const amongLayers = (
  leaves: readonly LayerTree[],
  entries: readonly Entry[],
): ReadonlyMap<string, readonly OwnedWeight[]> => {
  const byOwn = new Map<string, LayerTree[]>()
  for (const leaf of leaves) byOwn.set(leaf.own, [...(byOwn.get(leaf.own) ?? []), leaf])
  const found = new Map<string, OwnedWeight[]>()
  for (const entry of entries) {
    const own = entry.segments.slice(0, -1).findLast((name) => byOwn.has(name))
    const owner = own === undefined ? undefined : theOne(byOwn.get(own) ?? [], entry)
    if (owner === undefined)
      throw new ImportError(`weight ${entry.weight.name}: expected the name of a layer in it, got none that is known`)
    const mine = found.get(owner.name) ?? []
    mine.push(ownedBy(entry, owner.own))
    found.set(owner.name, mine)
  }
  return found
}

/** The layer among those of one name whose models' names are in the weight's too. */
const theOne = (layers: readonly LayerTree[], { weight, segments }: Entry): LayerTree | undefined => {
  const [first, ...others] = layers
  if (others.length === 0) return first
  const scoped = layers.filter(({ name }) => segments.join('/').includes(`${name.split('/').slice(-2).join('/')}/`))
  if (scoped.length === 1) return scoped[0]
  throw new ImportError(
    `weight ${weight.name}: expected to know its layer, ${layers.map(({ name }) => name).join(' and ')} are called so; in Python, give them names of their own`,
  )
}
