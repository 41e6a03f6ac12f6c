import { serialization, type Tensor } from '@tensorflow/tfjs-core'
import { layers, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers'

import { fromLayerConfig, type LayerJson } from './clone.ts'

type Kwargs = Parameters<layers.Layer['call']>[1]

/** The arguments of {@link PtuInference}: the layer inside, or its description in a saved model. */
export interface PtuInferenceArgs {
  readonly name?: string
  /** True if the weights of the layer learn; default false. */
  readonly trainable?: boolean
  readonly layer: layers.Layer | LayerJson
  /** The weights that it takes when it is built. Borrowed until then. */
  readonly weights?: Tensor[]
  /** The shape of its input, if it is the first layer. */
  readonly batchInputShape?: Shape
}

/**
 * Runs the layer inside as at inference, in training too: batch normalisation uses its statistics and does not move
 * them, dropout is off. Unless `trainable` is set, its weights do not learn either: it is frozen for good.
 *
 * `layer.trainable = false` alone does neither: tfjs then still normalises by the batch, overwrites the moving
 * statistics and drops at random.
 */
export class PtuInference extends layers.Layer {
  /** The name of the class in saved models. */
  static readonly className = 'PtuInference'

  /** The layer inside; its weights are this layer's. */
  readonly layer: layers.Layer

  constructor({ layer, trainable = false, ...args }: PtuInferenceArgs) {
    super({ ...args, trainable })
    this.layer = layer instanceof layers.Layer ? layer : fromLayerConfig(layer)
    this.supportsMasking = this.layer.supportsMasking
  }

  override build(inputShape: Shape | Shape[]): void {
    this.layer.build(inputShape)
    this.layer.built = true
    this.built = true
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor | Tensor[] {
    return this.layer.call(inputs, { ...kwargs, training: false })
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return this.layer.computeOutputShape(inputShape)
  }

  override computeMask(inputs: Tensor | Tensor[], mask?: Tensor | Tensor[]): Tensor | Tensor[] {
    return this.layer.computeMask(inputs, mask)
  }

  override get trainableWeights(): LayerVariable[] {
    return this.trainable ? this.layer.trainableWeights : []
  }

  override get nonTrainableWeights(): LayerVariable[] {
    return this.trainable ? this.layer.nonTrainableWeights : this.layer.weights
  }

  override get losses(): layers.Layer['losses'] {
    return this.trainable ? this.layer.losses : []
  }

  override getConfig(): serialization.ConfigDict {
    const inner = { className: this.layer.getClassName(), config: this.layer.getConfig() }
    return { ...super.getConfig(), layer: inner }
  }
}

serialization.registerClass(PtuInference)
