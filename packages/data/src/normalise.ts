import { OptionError } from '@ptu/core'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'

import { checkExamples } from './check-dataset.ts'
import { checkIndices, countOf, labelsEach, sizeOf, type Dataset } from './dataset.ts'
import { endEarly, stepsOfBatch } from './lengths.ts'
import { learntTargets } from './targets.ts'

/**
 * The numbers that give features mean 0 and deviation 1: `(x - mean) / deviation`.
 *
 * A number holds for every entry; a list runs along the last axis.
 */
export interface Normalisation {
  readonly mean: number | readonly number[]
  readonly deviation: number | readonly number[]
}

/**
 * The mean and the standard deviation of a data set's features.
 *
 * Rows of a table (`shape` of one axis) have one of each per column; everything else has one for all entries. If all
 * values are equal the deviation is 1, so that normalising gives 0. Compute them on the source's training set and use
 * them for every set that goes through its network. Tokens are names, not quantities: their mean is 0 and their
 * deviation 1.
 *
 * Throws `OptionError` on a set without examples.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [2, 1, 1], features: Uint8Array.of(10, 30), labels: Int32Array.of(0), classes: ['a'] }
 * expect(moments(set)).toEqual({ mean: 20, deviation: 10 }) // 33.3 and 78.6 for the training set of MNIST
 * ```
 */
export const moments = (dataset: Dataset): Normalisation => {
  if (countOf(dataset) === 0) throw new OptionError('expected at least one example, got none')
  if (endEarly(dataset)) return { mean: 0, deviation: 1 }
  const columns = dataset.shape.length === 1 ? sizeOf(dataset.shape) : 1
  const found = Array.from({ length: columns }, (_, column) => momentsOf(dataset.features, column, columns))
  const [first] = found
  if (dataset.shape.length !== 1 && first !== undefined) return first
  return { mean: found.map(({ mean }) => mean), deviation: found.map(({ deviation }) => deviation) }
}

/** Mean and deviation of every `stride`-th number from `start`, in two passes of doubles. */
const momentsOf = (
  features: Uint8Array | Float32Array,
  start: number,
  stride: number,
): { readonly mean: number; readonly deviation: number } => {
  const count = features.length / stride
  let sum = 0
  for (let i = start; i < features.length; i += stride) sum += features[i] as number
  const mean = sum / count
  let squares = 0
  for (let i = start; i < features.length; i += stride) squares += ((features[i] as number) - mean) ** 2
  return { mean, deviation: Math.sqrt(squares / count) || 1 }
}

/** A batch as tensors. */
export interface Batch {
  /** `[count, ...shape]`; where examples differ in length, with the steps of the longest, rounded up */
  readonly x: Tensor
  /**
   * One-hot, `[count, classes]`; if examples are tagged `[count, steps, classes]`, with zeros at padding; of examples with
   * `targets` these
   */
  readonly y: Tensor
}

/**
 * The examples at `indices`, or all, as normalised tensors. The caller owns both.
 *
 * The numbers are computed in double precision and rounded once, so they are the same on every backend. Throws
 * `OptionError` if an index is not one of an example or a list in `normalisation` is not as long as the last axis, and
 * what {@link checkDataset} throws for these examples.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [1], features: Uint8Array.of(0, 50, 100, 150), labels: Int32Array.of(0, 1, 0, 1), classes: ['a', 'b'] }
 * const { x, y } = toTensors(set, moments(set), [0, 1, 2])
 * expect([x.shape, y.shape]).toEqual([[3, 1], [3, 2]])
 * ```
 */
export const toTensors = (dataset: Dataset, normalisation: Normalisation, indices?: ArrayLike<number>): Batch => {
  const chosen = indices ?? Array.from({ length: countOf(dataset) }, (_, i) => i)
  checkIndices(dataset, chosen)
  checkExamples(dataset, chosen)
  const { classes } = dataset
  // Steps are cut behind the longest example.
  const shape = endEarly(dataset) ? [stepsOfBatch(dataset, chosen), ...dataset.shape.slice(1)] : dataset.shape
  const each = dataset.tagged === true ? shape.slice(0, 1) : []
  return {
    x: tensor(normalised(dataset, normalisation, chosen, sizeOf(shape)), [chosen.length, ...shape], 'float32'),
    y: tensor(targetsOf(dataset, chosen, sizeOf(each)), [chosen.length, ...each, classes.length], 'float32'),
  }
}

/** The targets of examples: one-hot classes, or the sets of labels and numbers that they have instead. */
const targetsOf = (dataset: Dataset, indices: ArrayLike<number>, each: number): Float32Array =>
  dataset.targets === undefined
    ? oneHot(dataset, indices, each)
    : learntTargets(dataset.targets, indices, dataset.classes.length)

/** A row of classes for each of the first `each` labels of the examples; of none where the label is -1. */
const oneHot = (dataset: Dataset, indices: ArrayLike<number>, each: number): Float32Array => {
  const { classes, labels } = dataset
  const stored = labelsEach(dataset)
  const y = new Float32Array(indices.length * each * classes.length)
  for (let i = 0; i < indices.length * each; i++) {
    const label = labels[(indices[Math.floor(i / each)] as number) * stored + (i % each)] as number
    if (label >= 0) y[i * classes.length + label] = 1
  }
  return y
}

const normalised = (
  { shape, features }: Dataset,
  { mean, deviation }: Normalisation,
  indices: ArrayLike<number>,
  size: number,
): Float32Array => {
  const stored = sizeOf(shape)
  const last = shape.at(-1) ?? 1
  const means = alongLastAxis('mean', mean, last)
  const deviations = alongLastAxis('deviation', deviation, last)
  const out = new Float32Array(indices.length * size)
  for (let i = 0; i < indices.length; i++) {
    const from = (indices[i] as number) * stored
    for (let j = 0; j < size; j++) {
      const column = j % last
      out[i * size + j] = ((features[from + j] as number) - (means[column] as number)) / (deviations[column] as number)
    }
  }
  return out
}

const alongLastAxis = (name: string, value: number | readonly number[], length: number): readonly number[] => {
  const list = typeof value === 'number' ? Array.from({ length }, () => value) : value
  if (list.length !== length || !list.every((x) => Number.isFinite(x)))
    throw new OptionError(`expected ${name} to be a number or ${String(length)} numbers, got ${list.join(', ')}`)
  if (name === 'deviation' && list.some((x) => x <= 0))
    throw new OptionError(`expected a deviation above 0, got ${list.join(', ')}`)
  return list
}
