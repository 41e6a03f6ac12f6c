import { foldIn, key, normals } from '@ptu/core'
import type { Batch } from '@ptu/trainer'
import { oneHot, tensor2d, type Tensor2D } from '@tensorflow/tfjs-core'

/** Examples of classes that overlap, around centres that every seed shares. The caller owns the batch. */
export const blobs = (
  seed: number,
  { count = 60, size = 6, classes = 3, spread = 1 } = {},
): Batch & { readonly x: Tensor2D; readonly labels: Int32Array } => {
  const centres = normals(key(77), classes * size)
  const noise = normals(foldIn(key(78), seed), count * size)
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes)
  const x = noise.map(
    (e, i) => spread * e + (centres[(labels[Math.floor(i / size)] as number) * size + (i % size)] as number),
  )
  const hot = oneHot([...labels], classes)
  const y = hot.toFloat()
  hot.dispose()
  return { x: tensor2d(x, [count, size]), y, labels }
}
