import { foldIn, key, normals, uniforms, type Key } from '@ptu/core'
import type { Dataset } from '@ptu/data'

/** Points of four numbers around a centre for each class, `[classes · perClass]` of them. */
export const blobs = (seed: Key, perClass: number, { classes = ['a', 'b'], spread = 0.3 } = {}): Dataset => {
  const count = classes.length * perClass
  const noise = normals(seed, 4 * count)
  return {
    shape: [4],
    features: Float32Array.from({ length: 4 * count }, (_, i) => {
      const label = Math.floor(i / 4) % classes.length
      return ((i % 4) % classes.length === label ? 1 : 0) + spread * (noise[i] ?? 0)
    }),
    labels: Int32Array.from({ length: count }, (_, i) => i % classes.length),
    classes,
  }
}

/** Points whose labels have nothing to do with them, as many of either class. */
export const noise = (seed: number, count: number): Dataset => ({
  shape: [8],
  features: Float32Array.from(uniforms(foldIn(key(seed), 1), 8 * count), (x) => 2 * x - 1),
  labels: Int32Array.from({ length: count }, (_, i) => i % 2),
  classes: ['a', 'b'],
})
