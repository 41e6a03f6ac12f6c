import { tensor, type Tensor } from '@tensorflow/tfjs-core'
import { expect } from 'vitest'

/** Some numbers of a tensor of PyTorch's, evenly spread, and what all of them amount to. */
export interface Sampled {
  readonly shape: readonly number[]
  readonly values: readonly number[]
  readonly mean: number
  readonly rms: number
}

/** The input of the fixtures' scripts, `[1, side, side, 3]`. */
export const generated = (side: number): Tensor => {
  const at = (h: number, w: number, c: number): number =>
    Math.sin(0.11 * h + 0.07 * w + 0.9 * c) + 0.5 * Math.sin((0.013 * h * w) / (c + 1))
  const values = Float32Array.from({ length: side * side * 3 }, (_, i) =>
    at(Math.floor(i / 3 / side), Math.floor(i / 3) % side, i % 3),
  )
  return tensor(values, [1, side, side, 3])
}

/** The largest difference of a tensor from what was sampled of PyTorch's, by the root mean square of the latter. */
export const differenceFrom = (y: Tensor, { shape, values, mean, rms }: Sampled): number => {
  expect(y.shape.slice(1)).toEqual(shape)
  const found = y.dataSync<'float32'>()
  const places = values.map((value, i) =>
    Math.abs((found[Math.floor((i * found.length) / values.length)] ?? NaN) - value),
  )
  const average = found.reduce((sum, value) => sum + value, 0) / found.length
  return Math.max(...places, Math.abs(average - mean)) / rms
}
