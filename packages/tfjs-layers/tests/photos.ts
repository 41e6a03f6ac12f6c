import { key } from '@ptu/core'
import { conv2d, dense, globalAveragePool, infer, relu, residual, serial, type Layer } from '@ptu/layers'
import { mapParams, normal, scope, type ParamTree } from '@ptu/tensor'
import { add, mul, softmax, tensor } from '@tensorflow/tfjs-core'

import type { PhotoModelOptions } from '../src/index.ts'

/** A small network for photos: padded convolutions, a sum of two paths, three classes. */
export const body: Layer<readonly ParamTree[]> = serial(
  ...[conv2d(4, 3, { padding: 'same' }), relu],
  residual(serial(conv2d(4, 3, { padding: 1 }), relu)),
  globalAveragePool,
)

export const network = (head: Layer = dense(3)): Layer<readonly ParamTree[]> => serial(body, head)

/** Parameters none of which is 0 or 1 by its start. */
export const scattered = (layer: Layer, input: readonly number[], seed = 3): ParamTree =>
  scope(() => mapParams(layer.init(key(seed), input), (leaf) => add(leaf, mul(0.3, normal(key(seed + 1), leaf.shape)))))

export const options: PhotoModelOptions = {
  size: [6, 5],
  normalisation: { mean: [123, 117, 104], deviation: [58, 57, 30] },
  labels: ['cat', 'dog', 'fox'],
}

/** Pixels of pictures, whole numbers from 0 to 255, that depend on the seed alone. */
export const pixelsFrom = (seed: number, count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => (i * 73 + seed * 41 + ((i * i * 7) % 91)) % 256)

/** The network's own probabilities for pixels that are normalised by hand. */
export const probabilitiesOf = (
  layer: Layer,
  params: ParamTree,
  pixels: Uint8Array,
  { size: [height, width], channels = 3, normalisation: { mean, deviation } }: PhotoModelOptions,
): readonly number[] => {
  const at = (value: number | readonly number[], i: number): number =>
    typeof value === 'number' ? value : (value[i % channels] ?? 0)
  const values = Float32Array.from(pixels, (pixel, i) => (pixel - at(mean, i)) / at(deviation, i))
  return scope(() => {
    const x = tensor(values, [values.length / (height * width * channels), height, width, channels])
    return [...softmax(layer.apply(params, x, infer)).dataSync()]
  })
}
