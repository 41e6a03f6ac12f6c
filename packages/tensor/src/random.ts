import { normals, stream, uniforms, type Key } from '@ptu/core'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1)

/** A tensor of `shape` whose entries are uniform in `[from, to)`, rounded to float32. The caller owns it. */
export const uniform = (key: Key, shape: readonly number[], from = 0, to = 1): Tensor =>
  tensor(
    uniforms(key, sizeOf(shape)).map((x) => from + (to - from) * x),
    [...shape],
    'float32',
  )

/** A tensor of `shape` whose entries are drawn from N(0, deviation²). The caller owns it. */
export const normal = (key: Key, shape: readonly number[], deviation = 1): Tensor =>
  tensor(
    normals(key, sizeOf(shape)).map((x) => deviation * x),
    [...shape],
    'float32',
  )

/**
 * A tensor of `shape` with entries from N(0, 1) cut off at ±2, scaled to the given standard deviation. The caller owns it.
 *
 * The cut lowers the deviation to 0.8796; dividing by that keeps it at `deviation`.
 */
export const truncatedNormal = (key: Key, shape: readonly number[], deviation = 1): Tensor => {
  const next = stream(key)
  const size = sizeOf(shape)
  const values = new Float32Array(size)
  for (let filled = 0; filled < size;) {
    const radius = Math.sqrt(-2 * Math.log((next() + 1) * 2 ** -32))
    const z = radius * Math.cos(2 * Math.PI * next() * 2 ** -32)
    if (Math.abs(z) <= 2) values[filled++] = (z * deviation) / 0.8796256610342398
  }
  return tensor(values, [...shape], 'float32')
}

/** A tensor of `shape` whose entries are 1 with the given probability, else 0. The caller owns it. */
export const bernoulli = (key: Key, shape: readonly number[], probability: number): Tensor =>
  tensor(
    uniforms(key, sizeOf(shape)).map((x) => (x < probability ? 1 : 0)),
    [...shape],
    'float32',
  )
