import { reshape } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'

const product = (sizes: readonly number[]): number => sizes.reduce((size, n) => size * n, 1)

/** Joins all axes beside the batch, `[batch, ...] -> [batch, features]`. */
export const flatten: Layer<readonly []> = {
  spec: { type: 'flatten' },
  structure: { kind: 'homogeneous' },
  output: (input) => [product(input)],
  init: () => [],
  apply: (_params, x) => reshape(x, [x.shape[0], product(x.shape.slice(1))]),
}
