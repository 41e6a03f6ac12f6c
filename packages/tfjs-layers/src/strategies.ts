import type { layers } from '@tensorflow/tfjs-layers'

import { cloneLayer } from './clone.ts'
import { PtuInference } from './inference-layer.ts'
import { changesInTraining, isBatchNorm } from './kinds.ts'
import type { PtuUnitOptions } from './unit-layer.ts'
import { unitOver } from './unit-over.ts'
import { applied, type Applied, type LayerBuilder } from './layer-builder.ts'

/** The way in which a layer of the source is carried over. */
export type LayersStrategy = 'share' | 'fine-tune' | 'scratch' | 'ptu'

/** Makes the stand-in for a layer of the source. */
type MakeStandIn = (layer: layers.Layer, builder: LayerBuilder, unit: PtuUnitOptions) => Applied

/** The same layer with the same weights. */
const copied: MakeStandIn = (layer, builder) =>
  applied(builder.own(cloneLayer(layer, { name: builder.nameOf(layer.name) })), () => layer.getWeights())

/** The same layer with the same weights, as at inference. */
const still =
  (trainable: boolean): MakeStandIn =>
  (layer, builder) => {
    const name = builder.nameOf(layer.name)
    return applied(builder.own(new PtuInference({ name, trainable, layer: cloneLayer(layer, { name }) })), () =>
      layer.getWeights(),
    )
  }

const hasWeights = ({ weights }: layers.Layer): boolean => weights.length > 0

/** The stand-ins that each strategy makes for a layer. Statistics of batch normalisation move from scratch only. */
export const strategies: Readonly<Record<LayersStrategy, MakeStandIn>> = {
  share: (layer, ...rest) => (hasWeights(layer) || changesInTraining(layer) ? still(false) : copied)(layer, ...rest),
  'fine-tune': (layer, ...rest) => (isBatchNorm(layer) ? still(true) : copied)(layer, ...rest),
  scratch: (layer, builder) =>
    applied(builder.own(cloneLayer(layer, { name: builder.nameOf(layer.name), seed: builder.seed() }))),
  ptu: (layer, ...rest) => (hasWeights(layer) ? unitOver : copied)(layer, ...rest),
}
