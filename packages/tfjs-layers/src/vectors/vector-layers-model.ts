import { key, OptionError, type Json } from '@ptu/core'
import type { Layer } from '@ptu/layers'
import type { ParamTree } from '@ptu/tensor'
import { ones, tensor1d, zeros } from '@tensorflow/tfjs-core'
import { input as inputOf, layers, model as modelOf, type LayersModel } from '@tensorflow/tfjs-layers'

import { put, type TrainedNetwork } from '../convert.ts'
import type { Stage } from '../keras/stage.ts'
import { withLayerBuilder, type LayerBuilder } from '../layer-builder.ts'
import { perChannel, type PerChannel } from '../photos/photo-rule.ts'
import { checkOutputs, probabilitiesOf } from '../probabilities.ts'

/** The inputs that a network for rows or texts expects, and the names of its outputs. */
export interface VectorModelOptions {
  /** The count of numbers in an example. */
  readonly size: number
  /** The network reads `(x - mean) / deviation`. */
  readonly normalisation: { readonly mean: PerChannel; readonly deviation: PerChannel }
  /** Names of the classes, in the order of the outputs. */
  readonly labels: readonly string[]
  /** The way from a row or a text to the numbers; goes into the metadata. */
  readonly encoding: Json
  /** A second network: the probabilities are the mean of both. */
  readonly ensemble?: TrainedNetwork
  /** Default `'ptu'`. */
  readonly name?: string
  /** Goes into the model's user-defined metadata, under `ptu`. */
  readonly metadata?: Readonly<Record<string, Json>>
}

/**
 * A trained network as a plain `tf.LayersModel` from encoded rows or texts to probabilities, with no need of ptu.
 *
 * Input is `[batch, size]`, output `[batch, classes]`: the softmax of what the network gives. The normalisation is a layer of
 * the model. The user-defined metadata are `{ labels, encoding, ptu }`.
 *
 * Equal to the network within 1e-4. Borrows all parameters; the caller owns the model. Throws `OptionError` for options that
 * do not fit each other, and `LayersModelError` that names a layer which tfjs does not have.
 *
 * @example
 * ```ts
 * const network = dense(2)
 * const model = vectorLayersModel(network, network.init(key(0), [3]), {
 *   ...{ size: 3, normalisation: { mean: 0, deviation: 1 }, labels: ['no', 'yes'], encoding: null },
 * })
 * const probabilities = model.predict(ones([1, 3])) as Tensor
 * expect(probabilities.shape).toEqual([1, 2])
 * ```
 */
export const vectorLayersModel = (layer: Layer, params: ParamTree, options: VectorModelOptions): LayersModel => {
  const { size, labels, encoding, ensemble, name = 'ptu', metadata = {} } = options
  const networks: readonly TrainedNetwork[] = [{ layer, params }, ...(ensemble ? [ensemble] : [])]
  checkOutputs(networks, [size], labels)
  return withLayerBuilder('', key(0), (builder) => {
    const encoded = inputOf({ shape: [size], name: builder.nameOf('encoded') })
    const read = put([normalise(options, builder)], encoded, builder)
    const model = modelOf({ inputs: encoded, outputs: probabilitiesOf(networks, read, builder), name })
    model.setUserDefinedMetadata({ labels: [...labels], encoding, ptu: { ...metadata } })
    return model
  })
}

/** A normalisation over batches at rest: its scale is `1 / deviation`, its variance 1, so that small deviations stay exact. */
const normalise = ({ size, normalisation }: VectorModelOptions, { nameOf }: LayerBuilder): Stage => {
  const means = perChannel('mean', normalisation.mean, size)
  const deviations = perChannel('deviation', normalisation.deviation, size)
  if (deviations.some((deviation) => deviation <= 0))
    throw new OptionError(`expected deviations above 0, got ${JSON.stringify(normalisation.deviation).slice(0, 200)}`)
  const scales = deviations.map((deviation) => 1 / deviation)
  return {
    layer: layers.batchNormalization({ epsilon: 0, name: nameOf('normalise'), trainable: false }),
    weights: () => [tensor1d(scales), zeros([size]), tensor1d([...means]), ones([size])],
  }
}
