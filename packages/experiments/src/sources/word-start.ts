import { normals } from '@ptu/core'
import type { WordVectors } from '@ptu/data'
import type { Initializer } from '@ptu/layers'
import { tensor } from '@tensorflow/tfjs-core'

/** Starts the rows of tokens at their vectors, and those of others at random with the spread of the vectors. */
export const startAtVectors =
  ({ values, known, width }: WordVectors): Initializer =>
  (key, shape) => {
    const found = known.reduce((sum, is) => sum + is, 0)
    const spread = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / (found * width))
    const start = normals(key, values.length).map((drawn) => drawn * spread)
    known.forEach((is, token) => {
      if (is === 1) start.set(values.subarray(token * width, (token + 1) * width), token * width)
    })
    return tensor(start, [...shape])
  }
