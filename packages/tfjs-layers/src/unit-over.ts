import type { serialization, Tensor } from '@tensorflow/tfjs-core'
import type { layers } from '@tensorflow/tfjs-layers'

import { cloneLayer, fromLayerConfig, type CloneOptions } from './clone.ts'
import { LayersModelError } from './errors.ts'
import { PtuInference } from './inference-layer.ts'
import { isBatchNorm, mixable, statisticsOf } from './kinds.ts'
import { PtuUnit, type PtuUnitOptions } from './unit-layer.ts'
import { applied, type Applied, type LayerBuilder } from './layer-builder.ts'

/** A layer of the source, or a part of one, and its weights there. */
interface Part {
  readonly layer: layers.Layer
  readonly weights: readonly Tensor[]
}

/**
 * Makes a layer's branches and the unit that mixes them: the source's layer as at inference, one that starts from its
 * weights and, with three branches, one that starts at random. The activation comes after the mix.
 *
 * Throws `LayersModelError` for layers whose weights cannot be mixed channel by channel.
 */
export const unitOver = (layer: layers.Layer, builder: LayerBuilder, options: PtuUnitOptions): Applied => {
  const parts = partsOf(layer).map((part) => partUnit(part, builder, options))
  return (inputs) => parts.reduce((tensors, part) => part(tensors), inputs)
}

const partUnit = ({ layer, weights }: Part, builder: LayerBuilder, options: PtuUnitOptions): Applied => {
  const config = layer.getConfig()
  const axis = channelAxisOf(layer)
  const linear = 'activation' in config ? { activation: 'linear' } : {}
  const branch = (suffix: string, trainable: boolean, clone: Omit<CloneOptions, 'name'> = {}): layers.Layer => {
    const name = builder.nameOf(`${layer.name}_${suffix}`)
    const made = cloneLayer(layer, { name, ...clone, config: linear })
    return builder.own(trainable && !isBatchNorm(layer) ? made : new PtuInference({ name, trainable, layer: made }))
  }
  const learnt = weights.length - statisticsOf(layer)
  const branches = [
    applied(branch('source', false), () => weights),
    applied(branch('tuned', true), () => weights),
    ...(options.branches === 3
      ? [
          applied(branch('random', true, { seed: builder.seed() }), (own) => [
            ...own.slice(0, learnt),
            ...weights.slice(learnt),
          ]),
        ]
      : []),
  ]
  const activation = typeof config['activation'] === 'string' ? config['activation'] : 'linear'
  const unit = builder.own(
    new PtuUnit({ ...options, name: builder.nameOf(layer.name), seed: builder.seed(), activation, axis }),
  )
  return (inputs) => applied(unit)(branches.flatMap((make) => make(inputs)))
}

/**
 * The parts of a layer that a unit can mix. A separable convolution is not linear in its weights, but each of the two
 * convolutions that it consists of is.
 */
const partsOf = (layer: layers.Layer): readonly Part[] => {
  const weights = layer.getWeights()
  if (layer.getClassName() !== 'SeparableConv2D') return [{ layer, weights }]
  const config = layer.getConfig()
  const only = (...names: readonly string[]): serialization.ConfigDict =>
    Object.fromEntries(names.flatMap((name) => (config[name] == null ? [] : [[name, config[name]]])))
  if (![config['dilationRate'] ?? 1].flat().every((rate) => rate === 1))
    throw refused(layer, 'a dilated separable convolution has no depthwise counterpart in tfjs')
  const depthwise = fromLayerConfig({
    className: 'DepthwiseConv2D',
    config: {
      ...only('kernelSize', 'strides', 'padding', 'depthMultiplier', 'dataFormat'),
      name: `${layer.name}_depthwise`,
      useBias: false,
    },
  })
  const pointwise = fromLayerConfig({
    className: 'Conv2D',
    config: { ...only('filters', 'useBias', 'activation', 'dataFormat'), name: layer.name, kernelSize: 1 },
  })
  return [
    { layer: depthwise, weights: weights.slice(0, 1) },
    { layer: pointwise, weights: weights.slice(1) },
  ]
}

const refused = (layer: layers.Layer, why: string): LayersModelError =>
  new LayersModelError(
    `layer ${layer.name} (${layer.getClassName()}): ${why}; give its block another strategy, ` +
      'or open the model with fromLayersModel of @ptu/formats and use the ptu of @ptu/strategies',
  )

/** The axis of a layer's output that has its channels. */
const channelAxisOf = (layer: layers.Layer): number => {
  const { dataFormat, axis } = layer.getConfig()
  if (!mixable.has(layer.getClassName())) throw refused(layer, 'a unit cannot mix its weights channel by channel')
  const rank = layer.built ? [layer.outputShape].flat(2).length : 0
  const last = axis === undefined || [axis].flat().every((each) => each === -1 || each === rank - 1)
  if (!last) throw refused(layer, 'tfjs learns a normalisation of the last axis only')
  return dataFormat === 'channelsFirst' ? 1 : -1
}
