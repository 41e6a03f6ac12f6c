import { noKey, normals, stream, uniforms, type Key } from '@ptu/core'
import { tensor, zeros, type Tensor } from '@tensorflow/tfjs-core'

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1)

/** A tensor of the numbers that a function draws by a key; zeros by {@link noKey}. */
const drawn = (key: Key, shape: readonly number[], draw: (size: number) => Float32Array): Tensor =>
  key === noKey ? zeros([...shape], 'float32') : tensor(draw(sizeOf(shape)), [...shape], 'float32')

/** A tensor of `shape` whose entries are uniform in `[from, to)`, rounded to float32. The caller owns it. */
export const uniform = (key: Key, shape: readonly number[], from = 0, to = 1): Tensor =>
  drawn(key, shape, (size) => uniforms(key, size).map((x) => from + (to - from) * x))

/** A tensor of `shape` whose entries are drawn from N(0, deviation²). The caller owns it. */
export const normal = (key: Key, shape: readonly number[], deviation = 1): Tensor =>
  drawn(key, shape, (size) => normals(key, size).map((x) => deviation * x))

/**
 * A tensor of `shape` with entries from N(0, 1) cut off at ±2, scaled to the given standard deviation. The caller owns it.
 *
 * The cut lowers the deviation to 0.8796; dividing by that keeps it at `deviation`.
 */
export const truncatedNormal = (key: Key, shape: readonly number[], deviation = 1): Tensor =>
  drawn(key, shape, (size) => {
    const next = stream(key)
    const values = new Float32Array(size)
    for (let filled = 0; filled < size;) {
      const radius = Math.sqrt(-2 * Math.log((next() + 1) * 2 ** -32))
      const z = radius * Math.cos(2 * Math.PI * next() * 2 ** -32)
      if (Math.abs(z) <= 2) values[filled++] = (z * deviation) / 0.8796256610342398
    }
    return values
  })

/** A tensor of `shape` whose entries are 1 with the given probability, else 0. The caller owns it. */
export const bernoulli = (key: Key, shape: readonly number[], probability: number): Tensor =>
  drawn(key, shape, (size) => uniforms(key, size).map((x) => (x < probability ? 1 : 0)))
