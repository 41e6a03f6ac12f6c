import { OptionError, ShapeError } from '@ptu/core'
import type { Shape } from '@ptu/tensor'

import { takeTargets, type Targets } from './targets.ts'

/**
 * Labelled examples in plain memory: nothing here touches the engine.
 *
 * Example `i` is `features[i · size .. (i + 1) · size]`, where `size` is the product of `shape`; its class is
 * `classes[labels[i]]`.
 */
export interface Dataset {
  /** The shape of one example, for example `[height, width, channels]`, or `[steps]` of tokens. */
  readonly shape: Shape
  /** Pixel bytes as in the file, or numbers, or tokens as their places in `vocabulary`, padded with 0 at the end. */
  readonly features: Uint8Array | Float32Array
  /** `[count]`, each below `classes.length`; if examples are tagged `[count, steps]`, with -1 at padding. */
  readonly labels: Int32Array
  readonly classes: readonly string[]
  /** The tokens that features stand for, the one for padding first; absent if features are measurements. */
  readonly vocabulary?: readonly string[]
  /** True if every step has a label of its own. */
  readonly tagged?: boolean
  /**
   * The number that fills the steps behind the end of an example, where examples without a vocabulary differ in length:
   * the id of padding in `[steps]`, 0 in `[steps, features]`.
   */
  readonly padding?: number
  /**
   * The sets of labels or the numbers to predict, where examples do not have one class each. `classes` are then the names of
   * the labels or of the number, and `labels` the group that each example counts to when examples are spread over folds.
   */
  readonly targets?: Targets | undefined
}

/** The number of labels of an example: the number of steps if it is tagged, else one. */
export const labelsEach = ({ tagged, shape }: Dataset): number => (tagged === true ? (shape[0] ?? 1) : 1)

/** The number of examples. */
export const countOf = (dataset: Dataset): number => dataset.labels.length / labelsEach(dataset)

/** The number of numbers in one example. */
export const sizeOf = (shape: Shape): number => shape.reduce((size, n) => size * n, 1)

/** The positions of the labels of each class, in the order of the data: `[classes][count of the class]`. */
export const indicesByClass = (dataset: Dataset): readonly (readonly number[])[] => {
  const groups: number[][] = dataset.classes.map(() => [])
  dataset.labels.forEach((label, i) => groups[label]?.push(i))
  return groups
}

/** Counts the examples of each class, by the name of the class; if examples are tagged, it counts tags. */
export const describe = (dataset: Dataset): Readonly<Record<string, number>> =>
  Object.fromEntries(indicesByClass(dataset).map((group, label) => [dataset.classes[label] ?? '', group.length]))

/** Throws `OptionError` if an index is not one of an example. */
export const checkIndices = (dataset: Dataset, indices: ArrayLike<number>): void => {
  const count = countOf(dataset)
  for (const index of Array.from(indices))
    if (!Number.isInteger(index) || index < 0 || index >= count)
      throw new OptionError(`expected an index from 0 to ${String(count - 1)}, got ${String(index)}`)
}

const emptyLike = (features: Uint8Array | Float32Array, length: number): Uint8Array | Float32Array =>
  features instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length)

/**
 * The examples at `indices`, in that order; an index may occur more than once. The classes stay as they are.
 *
 * Throws `OptionError` if an index is not one of an example.
 */
export const take = (dataset: Dataset, indices: ArrayLike<number>): Dataset => {
  checkIndices(dataset, indices)
  const size = sizeOf(dataset.shape)
  const features = emptyLike(dataset.features, indices.length * size)
  for (let i = 0; i < indices.length; i++) {
    const from = (indices[i] as number) * size
    features.set(dataset.features.subarray(from, from + size), i * size)
  }
  const each = labelsEach(dataset)
  const labels = new Int32Array(indices.length * each)
  for (let i = 0; i < indices.length; i++) {
    const from = (indices[i] as number) * each
    labels.set(dataset.labels.subarray(from, from + each), i * each)
  }
  const { targets } = dataset
  return {
    ...dataset,
    features,
    labels,
    ...(targets && { targets: takeTargets(targets, indices, dataset.classes.length) }),
  }
}

/**
 * The examples of `a`, then those of `b`.
 *
 * Throws `ShapeError` if shapes, classes or kinds of numbers differ.
 */
export const concat = (a: Dataset, b: Dataset): Dataset => {
  const kind = (d: Dataset): string =>
    `${d.features instanceof Uint8Array ? 'bytes' : 'floats'} [${d.shape.join(', ')}] of ${d.classes.join(', ')}` +
    (d.tagged === true ? ' at each step' : '') +
    (d.targets === undefined ? '' : ` with targets to ${d.targets.kind}`)
  if (kind(a) !== kind(b)) throw new ShapeError(`expected two sets of ${kind(a)}, the second has ${kind(b)}`)
  if (a.vocabulary?.join('\n') !== b.vocabulary?.join('\n'))
    throw new ShapeError('expected two sets of one vocabulary, the second has another')
  const features = emptyLike(a.features, a.features.length + b.features.length)
  features.set(a.features)
  features.set(b.features, a.features.length)
  const labels = new Int32Array(a.labels.length + b.labels.length)
  labels.set(a.labels)
  labels.set(b.labels, a.labels.length)
  return { ...a, features, labels, ...joinedTargets(a, b) }
}

const joinedTargets = (a: Dataset, b: Dataset): Pick<Dataset, 'targets'> => {
  if (a.targets === undefined || b.targets === undefined) return {}
  const values = new Float64Array(a.targets.values.length + b.targets.values.length)
  values.set(a.targets.values)
  values.set(b.targets.values, a.targets.values.length)
  return { targets: { ...a.targets, values } }
}
