import { messageOf, sha256 } from '@ptu/core'
import { disposeParams, loadParams, saveParams, type ParamTree } from '@ptu/tensor'
import { Tensor, tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'

import { hasFile } from './checkpoint.ts'

/** All that features depend on. */
export interface FeaturesKey {
  /** The network up to where it is cut. */
  readonly encoder: string
  /** The examples and how they were normalised. */
  readonly data: string
  /** Backends round differently. */
  readonly backend: string
}

/** Numbers of `count` examples, one after another. */
export interface Rows {
  readonly shape: readonly number[]
  readonly features: Float32Array
}

const kind = 'features'

/** The name of the file that belongs to a key. */
export const nameOf = async ({ encoder, data, backend }: FeaturesKey): Promise<string> =>
  `features-${(await sha256(JSON.stringify([encoder, data, backend]))).slice(0, 32)}.safetensors`

const isOurs = /^features-[0-9a-f]{32}\.safetensors$/

/** The bytes of the other files of features in a folder; 0 if there is none. */
const bytesBeside = async (folder: string, name: string): Promise<number> => {
  const [{ readdir, stat }, paths] = await Promise.all([import('node:fs/promises'), import('node:path')])
  const names = (await readdir(folder).catch(() => [])).filter((other) => other !== name && isOurs.test(other))
  const sizes = await Promise.all(
    names.map((other) =>
      stat(paths.join(folder, other)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Loads the features of a key: the file's, a warning if it cannot be used, or undefined if there is no file. */
export const loadFeatures = async (
  path: string,
  key: FeaturesKey,
  count: number,
  budget: number,
): Promise<E.Either<string, Rows> | undefined> => {
  if (!(await hasFile(path))) return undefined
  const loaded = await loadParams(path, budget)()
  if (E.isLeft(loaded)) return E.left(`${loaded.left.message}; the features are computed again`)
  const { params, metadata } = loaded.right
  const belongs =
    metadata['kind'] === kind &&
    Object.entries(key).every(([name, value]) => metadata[name] === value) &&
    isRows(params, count)
  const rows = belongs
    ? E.right(await rowsOf(params))
    : E.left(`${path} holds something else; the features are computed again`)
  disposeParams(params)
  return rows
}

const isRows = (params: ParamTree, count: number): params is Tensor =>
  params instanceof Tensor && params.dtype === 'float32' && params.shape[0] === count

const rowsOf = async (x: Tensor): Promise<Rows> => ({
  shape: x.shape.slice(1),
  features: (await x.data()).slice() as Float32Array,
})

/** Saves features if they fit the folder's budget; returns a warning if they were not saved. */
export const saveFeatures = async (
  folder: string,
  name: string,
  key: FeaturesKey,
  { shape, features }: Rows,
  budget: number,
): Promise<string | undefined> => {
  const paths = await import('node:path')
  const beside = await bytesBeside(folder, name)
  if (beside + features.byteLength > budget)
    return (
      `the features take ${features.byteLength} bytes and others in ${folder} ${beside}, together more than the budget ` +
      `of ${budget}: they are not kept; delete files there or raise the budget`
    )
  const rows = tensor(features, [features.length / shape.reduce((size, n) => size * n, 1), ...shape], 'float32')
  try {
    const saved = await saveParams(paths.join(folder, name), rows, { kind, ...key })()
    return E.isLeft(saved) ? `${saved.left.message}; the features are not kept` : undefined
  } catch (cause) {
    return `the features are not kept: ${messageOf(cause)}`
  } finally {
    rows.dispose()
  }
}
