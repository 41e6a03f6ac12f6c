import { isRecord, type Json } from '@ptu/core'
import { CorruptFileError, scope } from '@ptu/tensor'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import * as E from 'fp-ts/lib/Either.js'

import { bytesFromBase64, toBase64 } from './base64.ts'

/** An input of a model and the probabilities that must come out. */
export interface ParityExample {
  /** `[height, width, channels]`, row by row. */
  readonly pixels: Uint8Array
  readonly probabilities: readonly number[]
}

/** Examples that show whether a model computes the same in another place as where it was trained. */
export interface Parity {
  readonly shape: readonly [height: number, width: number, channels: number]
  /** The largest distance of a probability from the expected one. */
  readonly tolerance: number
  readonly examples: readonly ParityExample[]
}

/** The largest difference of probabilities between backends. */
export const parityTolerance = 1e-4

/** Computes a model's probabilities for pixels, one list for each input. Runs one input at a time. */
export const probabilitiesOf = async (
  model: LayersModel,
  shape: Parity['shape'],
  inputs: readonly Uint8Array[],
): Promise<readonly (readonly number[])[]> => {
  const found: (readonly number[])[] = []
  for (const pixels of inputs) {
    const output = scope(() => model.predict(tensor(pixels, [1, ...shape], 'float32')) as Tensor)
    try {
      found.push([...(await output.data())])
    } finally {
      output.dispose()
    }
  }
  return found
}

/**
 * Computes the largest difference between a model's probabilities and the expected ones, over all inputs and classes.
 *
 * Compare it with `parity.tolerance`. It is NaN if the model gives one, or another number of classes. Borrows the
 * model.
 *
 * @example
 * ```ts
 * const network = serial(flatten, dense(2))
 * const model = photoLayersModel(network, network.init(key(0), [2, 2, 1]), {
 *   ...{ size: [2, 2], channels: 1, labels: ['cat', 'dog'] },
 *   normalisation: { mean: 0, deviation: 255 },
 * })
 * const pixels = Uint8Array.of(0, 50, 100, 255)
 * const probabilities = [...(await (model.predict(tensor4d([...pixels], [1, 2, 2, 1])) as Tensor).data())]
 * const parity: Parity = { shape: [2, 2, 1], tolerance: 1e-4, examples: [{ pixels, probabilities }] }
 * expect(await checkParity(model, parity)).toBe(0)
 * ```
 */
export const checkParity = async (model: LayersModel, { shape, examples }: Parity): Promise<number> => {
  const found = await probabilitiesOf(
    model,
    shape,
    examples.map(({ pixels }) => pixels),
  )
  const differences = examples.flatMap(({ probabilities }, i) => {
    const got = found[i] ?? []
    return got.length === probabilities.length ? got.map((p, k) => Math.abs(p - (probabilities[k] ?? NaN))) : [NaN]
  })
  return Math.max(0, ...differences)
}

/** A parity as the content of `parity.json`. */
export const encodeParity = ({ shape, tolerance, examples }: Parity): Json => ({
  ...{ format: 'ptu-parity', version: 1, shape, tolerance },
  examples: examples.map(({ pixels, probabilities }) => ({ pixels: toBase64(pixels), probabilities })),
})

/** Reads the parity in the content of a `parity.json`; a Left says what is wrong with it. */
export const decodeParity = (json: unknown): E.Either<CorruptFileError, Parity> => {
  const wrong = (what: string): E.Either<CorruptFileError, never> =>
    E.left(new CorruptFileError(`not a parity.json of ptu: expected ${what}`))
  if (!isRecord(json) || json['format'] !== 'ptu-parity' || json['version'] !== 1)
    return wrong('format ptu-parity, version 1')
  const { shape, tolerance, examples } = json
  if (!isShape(shape)) return wrong('shape to be height, width and channels')
  if (typeof tolerance !== 'number' || !(tolerance > 0)) return wrong('a tolerance above 0')
  const size = shape[0] * shape[1] * shape[2]
  const decoded = Array.isArray(examples) ? examples.map((example: unknown) => decodeExample(example, size)) : []
  const [first] = decoded
  const whole = decoded.filter((example) => example !== undefined)
  if (first === undefined || whole.length !== decoded.length)
    return wrong(`examples with ${size} pixels in base64 and probabilities`)
  return E.right({ shape, tolerance, examples: whole })
}

const isShape = (value: unknown): value is Parity['shape'] =>
  Array.isArray(value) &&
  value.length === 3 &&
  value.every((side) => Number.isSafeInteger(side) && (side as number) > 0)

const decodeExample = (example: unknown, size: number): ParityExample | undefined => {
  if (!isRecord(example)) return undefined
  const { pixels, probabilities } = example
  const bytes = typeof pixels === 'string' ? bytesFromBase64(pixels) : undefined
  if (bytes?.length !== size) return undefined
  if (!Array.isArray(probabilities) || !probabilities.every(Number.isFinite)) return undefined
  return { pixels: bytes, probabilities: probabilities as readonly number[] }
}
