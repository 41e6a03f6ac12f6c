import { OptionError, sha256, ShapeError, turns } from '@ptu/core'
import { countOf, shortestFirst, toTensors, type Dataset, type Normalisation } from '@ptu/data'
import { infer, type Layer } from '@ptu/layers'
import { encodeParams, scope, type ParamTree, type Shape } from '@ptu/tensor'
import { getBackend, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'

import { chunksOf } from './encodings.ts'
import { loadFeatures, nameOf, saveFeatures, type FeaturesKey, type Rows } from './features-file.ts'

/** A network that is not trained, or the part of it before a cut. */
export interface Encoder {
  /** A name that no other function has: equal texts mean equal outputs. */
  readonly digest: string
  /** `[batch, ...]` to `[batch, ...]`. Borrows; the caller owns the result. */
  encode(x: Tensor): Tensor
}

/** The place where features are kept, and the way they are computed. */
export interface FeatureOptions {
  /** The folder of the files, made if it is missing; without one nothing is kept. */
  readonly folder?: string
  /** The most bytes that all files of features in the folder may take; 2 GiB unless given. */
  readonly budget?: number
  /** The number of examples that are encoded at a time; 64 unless given. */
  readonly chunk?: number
  /** Called after each chunk that is computed, with the number of examples done. */
  readonly onProgress?: (done: number, total: number) => void
}

/** A data set as a frozen network sees it. */
export interface Features {
  /** The examples with the network's outputs as features; labels and classes stay as they were. */
  readonly dataset: Dataset
  /** The origin of the features: read from a file, or computed. */
  readonly origin: 'file' | 'computed'
  /** The file that they are kept in; undefined if they are not kept. */
  readonly path: string | undefined
  /** The reasons for which a file could not be used or was not written. */
  readonly warnings: readonly string[]
}

/**
 * A layer with parameters that stay as they are; its digest is the SHA-256 of both.
 *
 * Borrows `params` for the encoder's life.
 */
export const encoderOf = async (layer: Layer, params: ParamTree): Promise<Encoder> => ({
  digest: await sha256(await encodeParams(params, { spec: JSON.stringify(layer.spec) })),
  encode: (x) => layer.apply(params, x, infer),
})

/**
 * Runs a frozen network over a data set once and keeps its outputs, which then serve as the data set.
 *
 * The outputs before the first block that learns stay the same, whatever is trained after it. The file is named by the
 * digests of the network, the examples with their normalisation, and the backend; it carries a checksum of all its
 * bytes and is written whole or not at all. A file that is damaged, or holds something else, is computed and written
 * again, with a warning. If the folder is full or cannot be written, a warning says so and nothing is kept. Read or
 * computed, the numbers are the same bits.
 *
 * Rejects with `OptionError` for a data set without examples or a chunk that is not a positive integer, and with
 * `ShapeError` if the encoder does not give one row per example.
 *
 * @example
 * ```ts
 * const photos: Dataset = { shape: [2], features: Uint8Array.of(0, 9, 9, 0), labels: Int32Array.of(0, 1), classes: ['a', 'b'] }
 * const params = dense(8).init(key(0), [2])
 * const { dataset } = await encodeFeatures(await encoderOf(dense(8), params), photos, moments(photos), { folder: 'runs/features' })
 * expect(dataset.shape).toEqual([8])
 * ```
 */
export const encodeFeatures = async (
  encoder: Encoder,
  dataset: Dataset,
  normalisation: Normalisation,
  options: FeatureOptions,
): Promise<Features> => {
  const { folder, budget = 2 ** 31 } = options
  if (countOf(dataset) === 0) throw new OptionError('expected a data set with examples, got none')
  if (folder === undefined) {
    const rows = await computed(encoder, dataset, normalisation, options)
    return { dataset: withRows(dataset, rows), origin: 'computed', path: undefined, warnings: [] }
  }
  const key = { encoder: encoder.digest, data: await digestOf(dataset, normalisation), backend: getBackend() }
  const name = await nameOf(key)
  const path = (await import('node:path')).join(folder, name)
  const loaded = await loadFeatures(path, key, countOf(dataset), budget)
  if (loaded !== undefined && E.isRight(loaded))
    return { dataset: withRows(dataset, loaded.right), origin: 'file', path, warnings: [] }
  const rows = await computed(encoder, dataset, normalisation, options)
  const unsaved = await saveFeatures(folder, name, key, rows, budget)
  const warnings = [...(loaded === undefined ? [] : [loaded.left]), ...(unsaved === undefined ? [] : [unsaved])]
  return { dataset: withRows(dataset, rows), origin: 'computed', path, warnings }
}

/** The examples with other features; where they still have steps, zeros stand behind the end of each. */
const withRows = ({ padding, ...dataset }: Dataset, rows: Rows): Dataset => ({
  ...dataset,
  ...rows,
  ...(padding !== undefined && rows.shape.length > 1 && { padding: 0 }),
})

const digestOf = async (dataset: Dataset, { mean, deviation }: Normalisation): Promise<FeaturesKey['data']> => {
  const { shape, features, padding } = dataset
  const bytes = new Uint8Array(features.buffer, features.byteOffset, features.byteLength)
  const kind = features instanceof Uint8Array ? 'bytes' : 'floats'
  const lengths = padding === undefined ? [] : [padding]
  return sha256(JSON.stringify([shape, kind, mean, deviation, await sha256(bytes), ...lengths]))
}

/** Examples of similar length are encoded together, so that little of a batch is padding. */
const computed = async (
  encoder: Encoder,
  dataset: Dataset,
  normalisation: Normalisation,
  { chunk = 64, onProgress }: FeatureOptions,
): Promise<Rows> => {
  const total = countOf(dataset)
  const order = shortestFirst(dataset)
  const pause = turns()
  let rows: Rows | undefined
  for (const places of chunksOf(total, chunk)) {
    const indices = places.map((place) => order[place] ?? place)
    const x = scope(() => toTensors(dataset, normalisation, indices).x)
    const encoded = scope(() => encoder.encode(x))
    const own = encoded.shape.slice(1)
    const shape: readonly number[] = rows?.shape ?? wholeShape(dataset, x, own)
    x.dispose()
    const values = await valuesOf(encoded, [indices.length, ...partOf(shape, own)])
    rows ??= { shape, features: new Float32Array(total * sizeOf(shape)) }
    put(rows, indices, values)
    onProgress?.((places[0] ?? 0) + places.length, total)
    await pause()
  }
  return rows as Rows
}

/** The shape of an encoded example with as many steps as the longest has, from one of a batch that was cut. */
const wholeShape = ({ padding, shape: [steps = 1] }: Dataset, x: Tensor, own: Shape): Shape =>
  padding !== undefined && own.length > 1 && own[0] === x.shape[1] ? [steps, ...own.slice(1)] : own

/** The shape of an example in a batch whose steps may be cut. */
const partOf = (shape: Shape, own: Shape): Shape =>
  shape.length > 1 && (own[0] ?? 0) <= (shape[0] ?? 0) ? [own[0] ?? 0, ...shape.slice(1)] : shape

/** Copies the numbers of a batch to the places of its examples. */
const put = ({ shape, features }: Rows, indices: Int32Array, values: Float32Array): void => {
  const [whole, size] = [sizeOf(shape), values.length / indices.length]
  indices.forEach((index, i) => {
    features.set(values.subarray(i * size, (i + 1) * size), index * whole)
  })
}

const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1)

/** The numbers of a tensor of the expected shape. Consumes it. */
const valuesOf = async (encoded: Tensor, shape: readonly number[]): Promise<Float32Array> => {
  try {
    if (encoded.shape.join() === shape.join()) return (await encoded.data()) as Float32Array
    throw new ShapeError(`expected [${shape.join(', ')}] of the encoder, got [${encoded.shape.join(', ')}]`)
  } finally {
    encoded.dispose()
  }
}
