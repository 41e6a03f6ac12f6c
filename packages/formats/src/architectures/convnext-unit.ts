import { depthwiseConv2d, layerNorm, layerScale, pointwiseConv2d, type Layer } from '@ptu/layers'
import type { Shape } from '@ptu/tensor'

import { at, chain, plain, sum, type PlannedLayer } from './plan.ts'
import type { View } from './view.ts'

/** The modules of one unit of a ConvNeXt, and the tensor of its layer scale if it has one. */
export interface ConvNextModules {
  readonly depthwise: string
  readonly norm: string
  readonly wide: string
  readonly narrow: string
  readonly scale?: { readonly name: string; readonly shape: Shape }
}

/**
 * A depthwise convolution, and two maps of single positions with an activation between them, normalised and scaled; the input is
 * added.
 *
 * References:
 *   Liu, Mao, Wu, Feichtenhofer, Darrell & Xie, "A ConvNet for the 2020s", CVPR 2022, §2, https://arxiv.org/abs/2201.03545
 */
export const convNextUnit = (modules: ConvNextModules, width: number, activate: Layer): PlannedLayer =>
  sum(
    chain(
      at(modules.depthwise, depthwiseConv2d(7, { padding: 3 })),
      at(modules.norm, layerNorm({ epsilon: 1e-6 })),
      at(`${modules.wide} map`, pointwiseConv2d(4 * width)),
      plain(activate),
      at(`${modules.narrow} map`, pointwiseConv2d(width)),
      ...(modules.scale === undefined ? [] : [at(modules.scale.name, layerScale())]),
    ),
  )

/** The two maps, which are dense layers in the file, and the layer scale, which has no module. */
export const convNextViews = ({ wide, narrow, scale }: ConvNextModules, width: number): readonly View[] => [
  ...mapViews(wide, [4 * width, width]),
  ...mapViews(narrow, [width, 4 * width]),
  ...(scale === undefined ? [] : [{ name: `${scale.name}.weight`, of: [scale], shape: [width] }]),
]

const mapViews = (module: string, shape: readonly [number, number]): readonly View[] => [
  { name: `${module} map.weight`, of: [{ name: `${module}.weight`, shape }], shape: [...shape, 1, 1] },
  { name: `${module} map.bias`, of: [{ name: `${module}.bias`, shape: [shape[0]] }], shape: [shape[0]] },
]
