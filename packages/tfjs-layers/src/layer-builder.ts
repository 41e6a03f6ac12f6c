import { foldIn, type Key } from '@ptu/core'
import { scope } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'
import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers'

/** Makes the layers of one new model: names that do not collide, seeds that do not repeat. */
export interface LayerBuilder {
  readonly nameOf: (name: string) => string
  /** A seed below 2³¹, another one each time. */
  readonly seed: () => number
  /** Remembers a layer, to free its weights if the model is not finished. */
  readonly own: <L extends layers.Layer>(layer: L) => L
}

/** Calls `make` with the builder of a new model; if it throws, all layers that the builder owns are freed. */
export const withLayerBuilder = <A>(prefix: string, key: Key, make: (builder: LayerBuilder) => A): A => {
  const taken = new Set<string>()
  const made: layers.Layer[] = []
  let seeds = 0
  try {
    return make({
      nameOf: (name) => {
        const wanted = `${prefix}${name}`
        let unique = wanted
        for (let i = 2; taken.has(unique); i++) unique = `${wanted}_${i}`
        taken.add(unique)
        return unique
      },
      seed: () => foldIn(key, seeds++).low >>> 1,
      own: (layer) => {
        made.push(layer)
        return layer
      },
    })
  } catch (cause) {
    for (const { weights } of made) for (const weight of weights) weight.dispose()
    throw cause
  }
}

/** Applies the stand-in for a layer in a new model. */
export type Applied = (
  inputs: readonly SymbolicTensor[],
  kwargs?: Readonly<Record<string, unknown>>,
) => readonly SymbolicTensor[]

/**
 * Applies a layer. When it is built, `weights` makes its weights from its own; the tensors that `weights` makes are
 * freed.
 */
export const applied =
  (layer: layers.Layer, weights?: (own: readonly Tensor[]) => readonly Tensor[]): Applied =>
  (inputs, kwargs = {}) => {
    const [first] = inputs
    const fresh = !layer.built
    const made = layer.apply(inputs.length === 1 && first ? first : [...inputs], { ...kwargs })
    if (fresh && weights)
      scope(() => {
        layer.setWeights([...weights(layer.getWeights())])
      })
    return [made].flat() as readonly SymbolicTensor[]
  }
