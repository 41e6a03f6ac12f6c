import { OptionError, Tree, turns } from '@ptu/core'
import {
  checkDataset,
  countOf,
  lengthsOf,
  shortestFirst,
  stepsOfBatch,
  toTensors,
  type Dataset,
  type Normalisation,
} from '@ptu/data'
import type { Layer, StagedLayer } from '@ptu/layers'
import { bytesOf, disposeParams, mapParams, scope, type ParamTree } from '@ptu/tensor'
import { concat, gather, slice, tensor1d, type Rank, type Tensor } from '@tensorflow/tfjs-core'

import { staged } from './staged.ts'
import type { Batch } from './step.ts'

/** Examples, by index. */
export interface BatchSource {
  readonly count: number
  /** The length of each example, if lengths differ: a batch then holds examples of similar length. */
  readonly lengths?: Int32Array
  /** The examples at `indices`; the caller owns the batch. */
  batch(indices: ArrayLike<number>): Batch
}

/** A data set as one model encodes it. */
export interface EncodedDataset extends BatchSource {
  /**
   * True if every example was encoded once and kept; otherwise each batch is encoded anew. The numbers are the same.
   */
  readonly isCached: boolean
  /** The bytes that the encodings of all examples take, or would take. */
  readonly bytes: number
  /** Frees what is kept. */
  dispose(): void
}

/** The options of {@link encodeDataset}. */
export interface EncodeOptions {
  /** The most bytes that kept encodings may take; 512 MiB unless given. While they are joined, twice that is in use. */
  readonly memoryBudget?: number
  /** The number of examples that are encoded at a time; 500 unless given. */
  readonly chunk?: number
}

/** Consecutive indices from 0, at most `size` at a time. */
export const chunksOf = (count: number, size: number): readonly Int32Array[] => {
  if (!Number.isSafeInteger(size) || size < 1)
    throw new OptionError(`expected a whole number of examples from 1, got ${String(size)}`)
  return Array.from({ length: Math.ceil(count / size) }, (_, i) =>
    Int32Array.from({ length: Math.min(size, count - i * size) }, (_, j) => i * size + j),
  )
}

/** Encodes each batch when it is asked for and keeps nothing. Throws what `checkDataset` throws. */
export const encodeEachBatch = (
  model: Layer | StagedLayer,
  dataset: Dataset,
  normalisation: Normalisation,
): BatchSource => {
  const stages = staged(model)
  checkDataset(dataset)
  // Without a vocabulary a batch is cut behind its longest example, and the order of batches stays that of other examples.
  const lengths = dataset.vocabulary === undefined ? undefined : lengthsOf(dataset)
  return {
    count: countOf(dataset),
    ...(lengths && { lengths }),
    batch: (indices) =>
      scope(() => {
        const { x, y } = toTensors(dataset, normalisation, indices)
        return { x: stages.encode(x), y }
      }),
  }
}

/**
 * The batches of a data set for a model: encoded once per example where that fits the budget, else batch by batch.
 *
 * The choice is made from the bytes of the first chunk; examples of different lengths are always encoded batch by
 * batch, and each batch is as long as its longest example needs. The caller owns the result and calls its `dispose`.
 * Rejects with `OptionError` for a data set without examples or a chunk that is not a positive integer, and with what
 * `checkDataset` throws.
 *
 * @example
 * ```ts
 * const train: Dataset = { shape: [1], features: Float32Array.of(-1, 1), labels: Int32Array.of(0, 1), classes: ['low', 'high'] }
 * const data = await encodeDataset(dense(2), train, moments(train))
 * console.log(data.isCached ? `kept ${data.bytes} bytes` : 'too large to keep')
 * data.dispose()
 * ```
 */
export const encodeDataset = async (
  model: Layer | StagedLayer,
  dataset: Dataset,
  normalisation: Normalisation,
  { memoryBudget = 512 * 2 ** 20, chunk = 500 }: EncodeOptions = {},
): Promise<EncodedDataset> => {
  const { padding, ...whole } = dataset
  const each = encodeEachBatch(model, whole, normalisation)
  const [first, ...others] = chunksOf(each.count, chunk)
  if (first === undefined) throw new OptionError('expected a data set with examples, got none')
  const begun = treeOf(each.batch(first))
  const bytes = Math.ceil((bytesOf(begun) / first.length) * each.count)
  if (bytes > memoryBudget || each.lengths !== undefined) {
    disposeParams(begun)
    const cut = encodeEachBatch(model, dataset, normalisation)
    return { ...cut, isCached: false, bytes, dispose: () => undefined }
  }
  const ends = padding === undefined ? undefined : endsOf(encodeEachBatch(model, dataset, normalisation), dataset)
  const parts: ParamTree[] = [begun]
  const pause = turns()
  for (const indices of others) {
    parts.push(treeOf(each.batch(indices)))
    await pause()
  }
  const kept = joined(parts)
  return {
    ...gathering(kept, each.count, ends),
    isCached: true,
    bytes,
    dispose: () => {
      disposeParams(kept)
    },
  }
}

type Pair = readonly [ParamTree, Tensor]

const treeOf = ({ x, y }: Batch): Pair => [x, y]

/** Trees of one structure as one tree of longer tensors. Consumes them. */
const joined = (parts: readonly ParamTree[]): Pair => {
  const columns = parts.map((part) => Tree.leaves(part))
  const whole = scope(() =>
    Tree.unflatten(
      parts[0] as ParamTree,
      (columns[0] ?? []).map((_, leaf) => concat(columns.map((column) => column[leaf] as Tensor))),
    ),
  )
  disposeParams(parts)
  return whole as Pair
}

/** Batches of what is kept; of examples that end early, they are cut behind the longest. */
const gathering = (kept: Pair, count: number, ends: Ends | undefined): BatchSource => ({
  count,
  batch: (indices) =>
    scope(() => {
      const chosen = tensor1d(Int32Array.from(indices), 'int32')
      const [x, y] = mapParams<Pair>(kept, (leaf) => gather(leaf, chosen))
      return { x: ends === undefined ? x : cutBehind(x, ends, indices), y }
    }),
})

/** Examples that end early, and which tensors of their encodings have their steps. */
interface Ends {
  readonly dataset: Dataset
  /** For each tensor, tells that it has a place for each step. */
  readonly leaves: readonly boolean[]
}

/** Tells which tensors have the steps of the examples, from a batch of the shortest alone: they are as short as it is. */
const endsOf = (cut: BatchSource, dataset: Dataset): Ends => {
  const [whole = 1] = dataset.shape
  const shortest = shortestFirst(dataset).slice(0, 1)
  const own = stepsOfBatch(dataset, shortest)
  const { x, y } = cut.batch(shortest)
  const leaves = Tree.leaves(x).map(({ rank, shape: [, length] }) => rank >= 2 && own < whole && length === own)
  disposeParams([x, y])
  return { dataset, leaves }
}

/** Encodings without the steps that are padding in all of a batch. */
const cutBehind = (x: ParamTree, { dataset, leaves }: Ends, indices: ArrayLike<number>): ParamTree => {
  const own = stepsOfBatch(dataset, indices)
  const [whole] = dataset.shape
  const cut = Tree.leaves(x).map((leaf, i) => {
    const [batch = 0, length] = leaf.shape
    return leaves[i] === true && length === whole ? slice<Rank, Tensor>(leaf, [0, 0], [batch, own]) : leaf.clone()
  })
  return Tree.unflatten(x, cut)
}
