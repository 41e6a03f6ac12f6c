import type { StoredWeight } from '../stored-weight.ts'
import { isRecord } from '@ptu/core'
import { layerTree, type LayerTree } from './layer-tree.ts'
import type { OwnedWeight, OwnedWeights } from './owned-weights.ts'
import { indexed, type Indexed } from './weights.ts'

/**
 * The layer of each weight of a Keras archive, as Keras settles it: a model's folder holds one folder for each layer,
 * called by the layer's class, with `_1`, `_2` and so on for the second, the third of that class, whatever the layers' own
 * names are. A weight's name is its path, `layers/conv2d_1/vars/0`, where `vars/0` is its place in the layer.
 *
 * References:
 *   Keras 3.15, `keras/src/saving/saving_lib.py`, `_save_container_state`, https://github.com/keras-team/keras
 */
export const weightsInFolders = (tree: readonly LayerTree[], weights: readonly StoredWeight[]): OwnedWeights => {
  const below = belowEachPath(weights)
  const owned = new Map<string, readonly OwnedWeight[]>()
  const visit = (layers: readonly LayerTree[], folder: readonly string[]): void => {
    const seen = new Map<string, number>()
    for (const { name, type, layers: inner } of layers) {
      const own = folderOf(type)
      const count = seen.get(own) ?? 0
      seen.set(own, count + 1)
      const path = [...folder, count === 0 ? own : `${own}_${count}`]
      if (inner) visit(inner, path)
      else
        owned.set(
          name,
          (below.get(path.join('/')) ?? []).map((one) => ownedAt(one, path.length)),
        )
    }
  }
  visit(tree, [])
  return owned
}

/** `weightsInFolders` of the `model.json` of a model that was an archive; undefined unless every weight is then a layer's. */
export const ownedByFolders = (topology: unknown, weights: readonly StoredWeight[]): OwnedWeights | undefined => {
  if (weights.length === 0 || !isRecord(topology) || !weights.every(({ name }) => /\/\d+$/.test(name))) return undefined
  const owned = weightsInFolders(layerTree(topology), weights)
  const found = new Set([...owned.values()].flat().map(({ weight }) => weight))
  return found.size === weights.length ? owned : undefined
}

const ownedAt = ({ weight, role, segments }: Indexed, depth: number): OwnedWeight => {
  return { weight, role, part: segments.slice(depth) }
}

/** The weights below each path. */
const belowEachPath = (weights: readonly StoredWeight[]): ReadonlyMap<string, readonly Indexed[]> => {
  const found = new Map<string, Indexed[]>()
  for (const one of weights.map(indexed))
    for (const [i] of one.segments.entries()) {
      const path = one.segments.slice(0, i + 1).join('/')
      const here = found.get(path) ?? []
      here.push(one)
      found.set(path, here)
    }
  return found
}

/** The name of a class as Keras makes a folder's of it: `SeparableConv2D` → `separable_conv2d`. */
const folderOf = (type: string): string =>
  type
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
