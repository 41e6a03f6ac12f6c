import { OptionError } from '@ptu/core'
import { disposeParams, scope } from '@ptu/tensor'
import { mean, reshape, slice, type Tensor } from '@tensorflow/tfjs-core'

import type { FixedBlock } from '../attribution/network-blocks.ts'

/** Numbers of examples, `[examples, size]`, row by row. */
export interface Features {
  readonly values: Float32Array | Float64Array
  readonly examples: number
  readonly size: number
}

/** Throws `OptionError` for features that are not whole examples, too few or not finite. */
export const checkFeatures = (name: string, { values, examples, size }: Features): void => {
  if (!Number.isSafeInteger(size) || size < 1 || values.length !== examples * size)
    throw new OptionError(
      `${name}: expected ${size} features for each of ${examples} examples, got ${values.length} numbers`,
    )
  if (examples < 2) throw new OptionError(`${name}: expected at least 2 examples, got ${examples}`)
  const odd = values.findIndex((value) => !Number.isFinite(value))
  if (odd >= 0)
    throw new OptionError(
      `${name}: expected finite features, example ${Math.floor(odd / size)} has ${String(values[odd])}; check its input and the network`,
    )
}

/** Throws `OptionError` for labels that are too few or no classes, or that are all one class. */
export const checkLabels = (name: string, labels: ArrayLike<number>, examples: number): number => {
  if (labels.length !== examples)
    throw new OptionError(`${name}: expected a label for each of ${examples} examples, got ${labels.length}`)
  const all = Array.from(labels)
  const odd = all.findIndex((label) => !(Number.isSafeInteger(label) && label >= 0))
  if (odd >= 0)
    throw new OptionError(
      `${name}: expected labels that are classes, counted from 0, example ${odd} has ${String(all[odd])}`,
    )
  if (new Set(all).size < 2)
    throw new OptionError(
      `${name}: expected labels of at least 2 classes, got ${examples} of one class; add examples of another`,
    )
  return all.reduce((most, label) => Math.max(most, label), 0) + 1
}

/** The options of {@link blockFeatures}. */
export interface BlockFeatureOptions {
  /** Averages a map over its positions, so that each channel is one feature. Default true. */
  readonly pooled?: boolean
  /** The most examples that are computed at once; 64 unless given. */
  readonly chunk?: number
}

/** The output of a block for all examples. */
export interface BlockFeatures extends Features {
  readonly block: string
}

/**
 * The outputs of every block of a network for the same examples, as rows of numbers.
 *
 * Borrows the blocks and `x`. Rejects with `OptionError` for a chunk that is no positive number or for no examples.
 *
 * @example
 * ```ts
 * const body = mlp([6, 5])
 * const found = await blockFeatures(openBlocks(body, initBody(body, key(0), [3])), ones([4, 3]))
 * expect(found.map(({ block, examples, size }) => [block, examples, size])).toEqual([['dense1', 4, 6], ['dense2', 4, 5]])
 * ```
 */
export const blockFeatures = async (
  blocks: readonly FixedBlock[],
  x: Tensor,
  { pooled = true, chunk = 64 }: BlockFeatureOptions = {},
): Promise<readonly BlockFeatures[]> => {
  const examples = x.shape[0]
  if (!(Number.isSafeInteger(chunk) && chunk >= 1))
    throw new OptionError(`expected a chunk of at least 1 example, got ${chunk}`)
  if (examples === 0) throw new OptionError('blockFeatures: expected at least one example, got none')
  const parts: Float32Array[][] = blocks.map(() => [])
  for (let from = 0; from < examples; from += chunk) {
    const outputs = scope(() => rowsOf(blocks, part(x, from, Math.min(chunk, examples - from)), pooled))
    for (const [i, rows] of outputs.entries()) parts[i]?.push(Float32Array.from(await rows.data()))
    disposeParams(outputs)
  }
  return blocks.map(({ name }, i) => {
    const own = parts[i] as Float32Array[]
    const values = new Float32Array(own.reduce((sum, rows) => sum + rows.length, 0))
    own.reduce((at, rows) => (values.set(rows, at), at + rows.length), 0)
    return { block: name, values, examples, size: values.length / examples }
  })
}

const part = (x: Tensor, from: number, count: number): Tensor =>
  slice(x, [from, ...x.shape.slice(1).map(() => 0)], [count, ...x.shape.slice(1)])

const rowsOf = (blocks: readonly FixedBlock[], x: Tensor, pooled: boolean): readonly Tensor[] => {
  let h = x
  return blocks.map((block) => {
    h = block.apply(h)
    const positions = h.shape.slice(1, -1).map((_, axis) => axis + 1)
    return pooled && positions.length > 0 ? mean(h, positions) : reshape(h, [x.shape[0], -1])
  })
}
