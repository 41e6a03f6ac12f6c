import { globalAveragePool, identity, pointwiseConv2d, product, relu, reshape, serial, type Layer } from '@ptu/layers'

import { at, chain, plain, type PlannedLayer } from './plan.ts'

/** The sizes and modules of one squeeze-and-excitation. */
export interface SqueezeExcite {
  readonly channels: number
  /** The channels between its two maps. */
  readonly squeezed: number
  /** Default ReLU. */
  readonly activation?: Layer
  readonly gate: Layer
  readonly modules: readonly [squeeze: string, excite: string]
}

/**
 * A map times a number for each channel, which two maps make of the channels' means: `x · gate(E(act(S(mean(x)))))`.
 *
 * References:
 *   Hu, Shen & Sun, "Squeeze-and-excitation networks", CVPR 2018, §3, https://arxiv.org/abs/1709.01507
 */
export const squeezeExcite = (options: SqueezeExcite): PlannedLayer => {
  const { channels, squeezed, activation = relu, gate, modules } = options
  const factors = chain(
    plain(serial(globalAveragePool, reshape([1, 1, channels]))),
    at(modules[0], pointwiseConv2d(squeezed)),
    plain(activation),
    at(modules[1], pointwiseConv2d(channels)),
    plain(gate),
  )
  return { layer: product(factors.layer, identity), modules: factors.modules }
}
