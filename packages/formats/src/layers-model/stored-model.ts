import { isRecord } from '@ptu/core'
import { ImportError } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'
import { tensor } from '@tensorflow/tfjs-core'
import type { Either } from 'fp-ts/lib/Either.js'

import { attempt } from '../attempt.ts'
import { numberFormats, type NumberFormat } from '../numbers.ts'
import type { StoredWeight } from '../stored-weight.ts'
import { isSize, listAt, numberAt, recordAt, recordOf, refuse, textAt, valueAt, type Fields } from './fields.ts'
import { ownedByFolders } from './folder-weights.ts'
import type { OwnedWeights } from './owned-weights.ts'

/** A trained model as its description and its weights; `readLayersModel` reads one from files. */
export interface StoredLayersModel {
  /** `modelTopology` of a `model.json`. */
  readonly topology: unknown
  readonly weights: readonly StoredWeight[]
  /** The layer of each weight, if the file says so; otherwise the names of the weights tell. */
  readonly owned?: OwnedWeights
}

/** The stored form of a weight. */
interface WeightSpec {
  readonly name: string
  readonly shape: Shape
  readonly size: number
  readonly dtype: 'float32' | 'int32'
  readonly format: NumberFormat
  readonly restore: (stored: number) => number
}

/**
 * A model from the content of its `model.json` and the bytes of its weight files, one after another; also from the
 * `ModelArtifacts` of a tf.io handler.
 *
 * Weights may be quantised to uint8, uint16 or float16. Keeps `bytes`; makes no tensor. A Left says what does not fit.
 */
export const decodeLayersModel = (json: unknown, bytes: Uint8Array): Either<ImportError, StoredLayersModel> =>
  attempt(() => {
    const model = recordOf(json, 'the model')
    if (valueAt(model, 'format') === 'graph-model')
      throw new ImportError(
        'expected the format layers-model, got graph-model: load it with tf.loadGraphModel and open it as a black box with fromGraphModel',
      )
    const specs = weightGroups(model).flatMap(({ weights }) => weights)
    const expected = bytesOf(specs)
    if (expected !== bytes.byteLength)
      throw new ImportError(
        `expected ${expected} bytes of weights by the model's description, got ${bytes.byteLength}: files are missing, cut or mixed up`,
      )
    const [topology, weights] = [valueAt(model, 'modelTopology'), located(specs, bytes)]
    const owned = ownedByFolders(topology, weights)
    return { topology, weights, ...(owned && { owned }) }
  })

/** Weights that lie one after another in some files. */
export interface WeightGroup {
  readonly paths: readonly unknown[]
  readonly weights: readonly WeightSpec[]
}

/** Counts the bytes that weights take. */
export const bytesOf = (weights: readonly WeightSpec[]): number =>
  weights.reduce((sum, { size, format }) => sum + size * format.bytes, 0)

/** The groups of weights that a model describes. Throws {@link ImportError}. */
export const weightGroups = (model: Fields): readonly WeightGroup[] => {
  const groups =
    valueAt(model, 'weightSpecs') === undefined
      ? listAt(model, 'weightsManifest').map((value) => {
          const group = recordOf(value, 'the weights manifest')
          return { paths: listAt(group, 'paths'), weights: listAt(group, 'weights').map(specOf) }
        })
      : [{ paths: [], weights: listAt(model, 'weightSpecs').map(specOf) }]
  const names = new Set<string>()
  for (const { name } of groups.flatMap(({ weights }) => weights)) {
    if (names.has(name))
      throw new ImportError(`weight ${name}: expected weights with names of their own, two have this`)
    names.add(name)
  }
  return groups
}

const specOf = (value: unknown): WeightSpec => {
  const entry = recordOf(value, 'a weight of the manifest')
  const name = textAt(entry, 'name').slice(0, 400)
  const fields = { ...entry, place: `weight ${name}` }
  const shape = listAt(fields, 'shape')
  if (shape.length > 8 || !shape.every((size): size is number => isSize(size)))
    return refuse(fields, 'shape', 'a list of at most 8 sizes')
  const dtype = textAt(fields, 'dtype')
  if (dtype !== 'float32' && dtype !== 'int32') return refuse(fields, 'dtype', 'float32 or int32')
  const size = shape.reduce((product, n) => product * n, 1)
  return { name, shape, size, dtype, ...storageOf(fields, dtype) }
}

const storageOf = (fields: Fields, dtype: WeightSpec['dtype']): Pick<WeightSpec, 'format' | 'restore'> => {
  if (!isRecord(valueAt(fields, 'quantization'))) return { format: numberFormats[dtype], restore: (stored) => stored }
  const quantised = { ...recordAt(fields, 'quantization'), place: `${fields.place}, quantization` }
  const stored = textAt(quantised, 'dtype')
  if (stored === 'float16' && dtype === 'float32') return { format: numberFormats.float16, restore: (number) => number }
  if (stored !== 'uint8' && stored !== 'uint16') return refuse(quantised, 'dtype', 'uint8, uint16 or float16')
  const [scale, min] = [numberAt(quantised, 'scale'), numberAt(quantised, 'min')]
  const restore = (number: number): number => number * scale + min
  return {
    format: numberFormats[stored],
    restore: dtype === 'int32' ? (number) => Math.round(restore(number)) : restore,
  }
}

const located = (specs: readonly WeightSpec[], bytes: Uint8Array): readonly StoredWeight[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let offset = 0
  return specs.map(({ name, shape, size, dtype, format, restore }) => {
    const begin = offset
    offset += size * format.bytes
    return {
      name,
      shape,
      tensor: () => {
        const values = dtype === 'int32' ? new Int32Array(size) : new Float32Array(size)
        for (let i = 0; i < size; i++) values[i] = restore(format.read(view, begin + i * format.bytes, true))
        return tensor(values, [...shape], dtype)
      },
    }
  })
}
