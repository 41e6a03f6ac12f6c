import { key, normals, type Key } from '@ptu/core'
import type { Dataset, Normalisation } from '@ptu/data'
import { numbersOf } from '@ptu/testing'
import { Tree } from '@ptu/core'
import type { ParamTree } from '@ptu/tensor'

/** Three classes around three points of the plane, each example with 4 features of which 2 are noise. */
export const blobs = (perClass = 10, from: Key = key(17), spread = 0.5): Dataset => {
  const noise = normals(from, perClass * 3 * 4)
  const labels = Int32Array.from({ length: perClass * 3 }, (_, i) => i % 3)
  const features = noise.map((z, i) => {
    const label = labels[Math.floor(i / 4)] ?? 0
    const centre = [Math.cos((label * 2 * Math.PI) / 3), Math.sin((label * 2 * Math.PI) / 3), 0, 0][i % 4] ?? 0
    return centre + spread * z
  })
  return { shape: [4], features, labels, classes: ['a', 'b', 'c'] }
}

export const asIs: Normalisation = { mean: 0, deviation: 1 }

/** The numbers of a tree, leaf by leaf, to compare bit by bit. */
export const numbersIn = (params: ParamTree): readonly (readonly number[])[] =>
  Tree.leaves(params).map((leaf) => numbersOf(leaf))
