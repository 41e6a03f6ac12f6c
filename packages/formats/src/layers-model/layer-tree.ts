import { ImportError } from '@ptu/networks'

import { recordOf, textAt, valueAt, type Fields } from './fields.ts'
import { layersIn, limits, modelOf, modelTypes, nameOf } from './description.ts'

/** A layer, or a model with the layers that it holds. */
export interface LayerTree {
  readonly own: string
  /** The names of the models it is in and its own, `outer/inner/conv1`. */
  readonly name: string
  readonly type: string
  /** The layers of a nested model; undefined for a layer. */
  readonly layers?: readonly LayerTree[]
}

/** Operations such as `x + 3` stand among the layers of a description, and are none to Keras. */
const isLayer = (layer: Fields): boolean => !String(valueAt(layer, 'module')).includes('.ops.')

/** The layers of a topology in the order in which Keras keeps them. Throws `ImportError`. */
export const layerTree = (topology: unknown): readonly LayerTree[] => {
  let count = 0
  const layersOf = (model: ReturnType<typeof modelOf>, scope: readonly string[]): readonly LayerTree[] => {
    if (scope.length > limits.depth) throw new ImportError(`expected models nested at most ${limits.depth} deep`)
    return layersIn(model)
      .filter(isLayer)
      .map((layer) => {
        if (++count > limits.layers) throw new ImportError(`expected at most ${limits.layers} layers`)
        const [own, type] = [nameOf(layer), textAt(layer, 'class_name')]
        const place = [...scope, own]
        const name = place.join('/')
        return modelTypes.has(type) ? { own, name, type, layers: layersOf(layer, place) } : { own, name, type }
      })
  }
  return layersOf(modelOf(recordOf(topology, 'the topology')), [])
}
