import { key, OptionError, type Json } from '@ptu/core'
import type { Layer } from '@ptu/layers'
import type { ParamTree } from '@ptu/tensor'
import { tensor1d, tensor4d } from '@tensorflow/tfjs-core'
import { input as inputOf, layers, model as modelOf, type LayersModel } from '@tensorflow/tfjs-layers'

import { put, type TrainedNetwork } from '../convert.ts'
import type { Stage } from '../keras/stage.ts'
import { withLayerBuilder, type LayerBuilder } from '../layer-builder.ts'
import { fullPhotoRule, perChannel, type FullPhotoRule, type PerChannel, type PhotoRule } from './photo-rule.ts'
import { checkOutputs, probabilitiesOf } from '../probabilities.ts'

/** The rule, the normalisation and the classes of a network for photos. */
export interface PhotoModelOptions extends PhotoRule {
  /** The network reads `(pixel - mean) / deviation`, of pixels from 0 to 255. */
  readonly normalisation: { readonly mean: PerChannel; readonly deviation: PerChannel }
  /** Names of the classes, in the order of the outputs. */
  readonly labels: readonly string[]
  /** A second network: the probabilities are the mean of both. Layers that both start with are computed once. */
  readonly ensemble?: TrainedNetwork
  /** Default `'ptu'`. */
  readonly name?: string
  /** The model's user-defined metadata, under `ptu`. */
  readonly metadata?: Readonly<Record<string, Json>>
}

/**
 * Turns a trained network into a plain `tf.LayersModel` from pixels to probabilities that needs no ptu.
 *
 * Input is `[batch, height, width, channels]` of the given `size`, with pixels from 0 to 255. Output is
 * `[batch, classes]`, from the layer `probabilities`: the softmax of the network's outputs, `p = exp(z) / Σ exp(z)`.
 * The normalisation is a layer of the model. Resizing is not, since the resizing layer of tfjs 4.22 fails inside a
 * model. Pictures of another size are refused; the `pixels.js` of {@link saveModelFolder} resizes them as in training.
 *
 * The user-defined metadata are `{ labels, photo, ptu }`, where `photo` is the rule by which pictures become pixels.
 *
 * Equal to the network within 1e-4. Borrows all parameters; the caller owns the model. Throws `OptionError` for options
 * that do not fit each other, `ShapeError` for a network that does not take such pictures, and `LayersModelError` that
 * names a layer which tfjs does not have.
 *
 * @example
 * ```ts
 * const network = serial(conv2d(4, 3), relu, globalAveragePool, dense(2))
 * const model = photoLayersModel(network, network.init(key(0), [8, 8, 3]), {
 *   size: [8, 8],
 *   normalisation: { mean: 127.5, deviation: 127.5 },
 *   labels: ['cat', 'dog'],
 * })
 * const probabilities = model.predict(ones([1, 8, 8, 3])) as Tensor
 * expect(probabilities.shape).toEqual([1, 2])
 * ```
 */
export const photoLayersModel = (layer: Layer, params: ParamTree, options: PhotoModelOptions): LayersModel => {
  const { labels, ensemble, name = 'ptu', metadata = {} } = options
  const rule = fullPhotoRule(options)
  const networks: readonly TrainedNetwork[] = [{ layer, params }, ...(ensemble ? [ensemble] : [])]
  checkOutputs(networks, [...rule.size, rule.channels], labels)
  return withLayerBuilder('', key(0), (builder) => {
    const pixels = inputOf({ shape: [...rule.size, rule.channels], name: builder.nameOf('pixels') })
    const read = put([normalise(rule, options, builder)], pixels, builder)
    const model = modelOf({ inputs: pixels, outputs: probabilitiesOf(networks, read, builder), name })
    model.setUserDefinedMetadata({ labels: [...labels], photo: { ...rule }, ptu: { ...metadata } })
    return model
  })
}

/** One number for each channel, before any padding, so that borders stay as they were in training. */
const normalise = (
  { channels }: FullPhotoRule,
  { normalisation }: PhotoModelOptions,
  { nameOf }: LayerBuilder,
): Stage => {
  const means = perChannel('mean', normalisation.mean, channels)
  const deviations = perChannel('deviation', normalisation.deviation, channels)
  if (deviations.some((deviation) => deviation <= 0))
    throw new OptionError(`expected deviations above 0, got ${JSON.stringify(normalisation.deviation)}`)
  const scales = deviations.map((deviation) => 1 / deviation)
  const shifts = means.map((mean, i) => -mean * (scales[i] ?? 1))
  return {
    layer: layers.depthwiseConv2d({ kernelSize: 1, name: nameOf('normalise'), trainable: false }),
    weights: () => [tensor4d(scales, [1, 1, channels, 1]), tensor1d(shifts)],
  }
}
