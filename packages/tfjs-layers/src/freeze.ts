import { key } from '@ptu/core'
import { LayersModel, model as modelOf, type layers } from '@tensorflow/tfjs-layers'

import { strategies } from './strategies.ts'
import { cloneLayer } from './clone.ts'
import { LayersModelError } from './errors.ts'
import { graphOf, rebuild, type RebuildOptions } from './graph.ts'
import { PtuInference } from './inference-layer.ts'
import { changesInTraining } from './kinds.ts'
import { withLayerBuilder } from './layer-builder.ts'

/** Something in a model or in layers learns or changes in training, though it should not. */
export class NotFrozenError extends Error {
  override readonly name = 'NotFrozenError'
}

/**
 * Makes a frozen copy: no weight learns, no statistic of batch normalisation moves and no dropout acts, whatever model
 * it becomes part of. The original is only read.
 *
 * `layer.trainable = false` is not enough: tfjs then still computes a batch normalisation from the batch, overwrites
 * its moving statistics, and keeps dropping at random. Here such layers are inside a `PtuInference`.
 *
 * The copy of a model is a LayersModel with the same names. The copy of layers is a list of layers for `tf.sequential`
 * or the functional API; each takes its weights when it is first applied. The caller owns it.
 *
 * @example
 * ```ts
 * const source = sequential({ layers: [layers.dense({ units: 8, inputShape: [4] }), layers.batchNormalization()] })
 * const target = sequential({ layers: [...freeze(source.layers), layers.dense({ units: 3 })] })
 * assertFrozen(target.layers.slice(0, -1))
 * ```
 */
export const freeze: {
  (model: LayersModel): LayersModel
  (layers: readonly layers.Layer[]): layers.Layer[]
} = ((source: LayersModel | readonly layers.Layer[]) =>
  isList(source) ? source.map(frozenLayer) : frozenModel(source)) as typeof freeze

/** Tells layers from a model, and from what is neither, which {@link graphOf} refuses. */
const isList = (source: LayersModel | readonly layers.Layer[]): source is readonly layers.Layer[] =>
  Array.isArray(source)

const frozenModel = (source: LayersModel): LayersModel => {
  const graph = graphOf(source)
  return withLayerBuilder('', key(0), (builder) => {
    const make: RebuildOptions['make'] = ({ layer }) => strategies.share(layer, builder, {})
    const { inputs, outputs } = rebuild(graph, graph.outputs, { nameOf: builder.nameOf, make })
    return modelOf({ inputs: [...inputs], outputs: [...outputs], name: source.name })
  })
}

const frozenLayer = (layer: layers.Layer): layers.Layer => {
  const { name, batchInputShape } = layer
  if (layer instanceof LayersModel)
    throw new LayersModelError(`freeze: expected layers, got the model ${name} among them; freeze it by itself`)
  const shape = (batchInputShape as unknown) == null ? {} : { batchInputShape }
  const inner = cloneLayer(layer, { name })
  return new PtuInference({ name, layer: inner, weights: layer.getWeights(), ...shape })
}

/**
 * Throws {@link NotFrozenError} that names the first layer which learns or changes in training: one with trainable weights,
 * or a batch normalisation or a dropout that is not inside a `PtuInference`.
 */
export const assertFrozen = (frozen: LayersModel | readonly layers.Layer[]): void => {
  const all = isList(frozen) ? frozen : [...graphOf(frozen).nodes.values()].map(({ layer }) => layer)
  for (const layer of all) {
    const place = `layer ${layer.name} (${layer.getClassName()})`
    if (layer.trainableWeights.length > 0)
      throw new NotFrozenError(
        `${place} has ${layer.trainableWeights.length} trainable weights; freeze it with freeze()`,
      )
    if (!(layer instanceof PtuInference) && changesInTraining(layer))
      throw new NotFrozenError(
        `${place} behaves otherwise in training, trainable or not: tfjs moves its statistics or drops at random; ` +
          'freeze it with freeze()',
      )
  }
}
