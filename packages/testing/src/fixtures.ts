import type { ParamTree } from '@ptu/tensor'
import { tensor } from '@tensorflow/tfjs-core'
import { readFileSync } from 'node:fs'

/** A tensor as the fixtures hold it. */
export interface Stored {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/** A tree of tensors as the fixtures hold it. */
export type StoredTree = Stored | readonly StoredTree[] | { readonly [name: string]: StoredTree }

/** One case of a layer: what it computes and the gradient of `sum(output · cotangent)`. */
export interface LayerFixture {
  readonly spec: unknown
  readonly input: Stored
  readonly params: StoredTree
  readonly output: Stored
  readonly cotangent: Stored
  readonly gradients: { readonly params: StoredTree; readonly input: Stored }
}

/** One case of a loss: its value and the gradient by the predictions. */
export interface LossFixture {
  readonly predictions: Stored
  readonly targets: Stored
  readonly value: number
  readonly gradient: Stored
}

/** A manifest in `fixtures/`: the command, the version and the seed that the fixtures were made with. */
export interface Manifest {
  readonly command: string
  readonly torch: string
  readonly seed: number
  readonly layers: readonly string[]
}

/** Reads `fixtures/<name>.json`, which the scripts beside it write; the caller names its type. */
export const readFixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

/** Every case of every layer by its name: the layer's type, then what is special about the case. */
export const layerFixtures = (): readonly (readonly [string, LayerFixture])[] =>
  ['manifest', 'recurrent-manifest', 'import-manifest', 'keras-manifest', 'transformer-manifest', 'windows-manifest']
    .flatMap((manifest) => (readFixture(manifest) as Manifest).layers)
    .map((name) => [name, readFixture(`layers/${name}`) as LayerFixture])

/** Every loss by its name. */
export const lossFixtures = (): Readonly<Record<string, LossFixture>> =>
  readFixture('losses') as Readonly<Record<string, LossFixture>>

const isStored = (tree: StoredTree): tree is Stored => 'values' in tree && 'shape' in tree

/** The tensors of a stored tree; the caller owns them. */
export const tensorsOf = (tree: StoredTree): ParamTree => {
  if (Array.isArray(tree)) return (tree as readonly StoredTree[]).map(tensorsOf)
  if (isStored(tree)) return tensor([...tree.values], [...tree.shape], 'float32')
  return Object.fromEntries(Object.entries(tree).map(([name, part]) => [name, tensorsOf(part)]))
}
