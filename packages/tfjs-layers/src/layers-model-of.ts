import { type Json, key } from '@ptu/core'
import type { Layer } from '@ptu/layers'
import type { ParamTree, Shape } from '@ptu/tensor'
import { input as inputOf, model as modelOf, type LayersModel } from '@tensorflow/tfjs-layers'

import { converted } from './convert.ts'
import { withLayerBuilder } from './layer-builder.ts'

/** The shape, the name and the metadata of a LayersModel. */
export interface LayersModelOptions {
  /** The shape of one input. */
  readonly input: Shape
  /** Default `'ptu'`. */
  readonly name?: string
  /** The model's user-defined metadata, under `ptu`. */
  readonly metadata?: Readonly<Record<string, Json>>
}

/**
 * Turns a network of ptu and its parameters into a plain `tf.LayersModel` that needs no ptu: save it with any handler.
 *
 * Equal at inference within 1e-5. Borrows the parameters; the caller owns the model. Throws a `LayersModelError` that
 * names the first layer for which tfjs-layers has no layer that computes the same.
 *
 * @example
 * ```ts
 * const network = serial(conv2d(4, 3), relu, flatten, dense(2))
 * const model = layersModelOf(network, network.init(key(0), [8, 8, 1]), { input: [8, 8, 1] })
 * await model.save(fileHandler('exported'))
 * ```
 */
export const layersModelOf = (
  network: Layer,
  params: ParamTree,
  { input, name = 'ptu', metadata = {} }: LayersModelOptions,
): LayersModel =>
  withLayerBuilder('', key(0), (builder) => {
    const x = inputOf({ shape: [...input], name: builder.nameOf('input') })
    const output = converted({ layer: network, params }, x, builder)
    const model = modelOf({ inputs: x, outputs: output, name })
    model.setUserDefinedMetadata({ ptu: metadata })
    return model
  })
