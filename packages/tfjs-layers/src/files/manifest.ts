import { isRecord } from '@ptu/core'
import { CorruptFileError } from '@ptu/tensor'
import type { io } from '@tensorflow/tfjs-core'

/** A group of weights in a `model.json`, checked: where its bytes are and how many there must be. */
export interface WeightGroup {
  readonly paths: readonly string[]
  readonly specs: readonly io.WeightsManifestEntry[]
  readonly bytes: number
}

const bytesPerNumber: Readonly<Record<string, number>> = { float32: 4, int32: 4, complex64: 8, bool: 1, uint8: 1 }

const bytesPerQuantised: Readonly<Record<string, number>> = { uint8: 1, uint16: 2, float16: 2 }

/**
 * The groups of a weights manifest. Throws `CorruptFileError` that says what is wrong with one; nothing is read or
 * allocated.
 */
export const weightGroups = (manifest: unknown): readonly WeightGroup[] => {
  if (!Array.isArray(manifest)) throw new CorruptFileError('its weightsManifest is not a list')
  return manifest.map((group: unknown) => {
    if (!isRecord(group) || !Array.isArray(group['paths']) || !Array.isArray(group['weights']))
      throw new CorruptFileError('a group of its weightsManifest has no lists of paths and weights')
    const bytes = group['weights'].reduce<number>((sum, spec) => sum + bytesOfSpec(spec), 0)
    if (!Number.isSafeInteger(bytes)) throw new CorruptFileError('a group of its weights is larger than any file')
    return { paths: group['paths'].map(checkedPath), specs: group['weights'] as io.WeightsManifestEntry[], bytes }
  })
}

/** A path below the folder of the model, of plain names. */
const checkedPath = (path: unknown): string => {
  const parts = typeof path === 'string' ? path.split('/') : []
  if (parts.length > 0 && parts.every((part) => /^[^\\/:\0]+$/.test(part) && part !== '.' && part !== '..'))
    return parts.join('/')
  throw new CorruptFileError(
    `its weightsManifest names ${shown(path)}, which is no plain path below the model's folder`,
  )
}

const bytesOfSpec = (spec: unknown): number => {
  const { name, shape, dtype, quantization } = isRecord(spec) ? spec : {}
  if (typeof name !== 'string' || !isShape(shape))
    throw new CorruptFileError(`${shown(spec)} is no weight with a shape`)
  const quantised = isRecord(quantization) ? quantization['dtype'] : undefined
  const bytes = quantised === undefined ? sizeOf(bytesPerNumber, dtype) : sizeOf(bytesPerQuantised, quantised)
  if (bytes === undefined)
    throw new CorruptFileError(
      `weight ${name.slice(0, 80)} is of type ${shown(quantised ?? dtype)}, which is not known`,
    )
  return shape.reduce((size, n) => size * n, bytes)
}

const sizeOf = (sizes: Readonly<Record<string, number>>, type: unknown): number | undefined =>
  typeof type === 'string' && Object.hasOwn(sizes, type) ? sizes[type] : undefined

const isShape = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length <= 8 && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0)

/** A value as short JSON text. */
export const shown = (value: unknown): string =>
  ((JSON.stringify(value) as string | undefined) ?? 'nothing').slice(0, 80)
