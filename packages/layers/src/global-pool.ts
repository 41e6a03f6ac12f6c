import { scope } from '@ptu/tensor'
import { maxPool, mean, reshape, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'
import { mapShape } from './window.ts'

const globalPool = (type: string, f: (x: Tensor) => Tensor): Layer<readonly []> => ({
  spec: { type },
  structure: { kind: 'homogeneous' },
  output: (input) => [mapShape(type, input)[2]],
  init: () => [],
  apply: (_params, x) => f(x),
})

/**
 * The mean over all positions, `[batch, height, width, channels] -> [batch, channels]`.
 *
 * References:
 *   Lin, Chen & Yan, "Network in network", ICLR 2014, §3.2, https://arxiv.org/abs/1312.4400
 */
export const globalAveragePool: Layer<readonly []> = globalPool('globalAveragePool', (x) => mean(x, [1, 2]))

/** The maximum over all positions, `[batch, height, width, channels] -> [batch, channels]`. */
export const globalMaxPool: Layer<readonly []> = globalPool('globalMaxPool', (x) =>
  scope(() => {
    // A pool passes the gradient to one of equal maxima; `max` of tfjs would pass it whole to each of them.
    const [batch = 0, height = 0, width = 0, channels = 0] = x.shape
    return reshape(maxPool(x as Tensor4D, [height, width], 1, 'valid'), [batch, channels])
  }),
)
