import {
  averagePool,
  averagePool1d,
  globalAveragePool,
  globalMaxPool,
  maxPool,
  maxPool1d,
  meanOverTime,
  reshape,
  type Layer,
} from '@ptu/layers'

import { mapOf, paddingAt, sequenceOf } from './convolutions.ts'
import { booleanAt, squareAt } from './fields.ts'
import { plain, type Context, type Translator } from './part.ts'

interface Options {
  readonly stride: number
  readonly padding: 'valid' | 'same'
}

const windows =
  (axes: (context: Context) => unknown, pool: (size: number, options: Options) => Layer): Translator =>
  (context) => {
    const { config } = context
    axes(context)
    const size = squareAt(config, 'pool_size', 2)
    const options = { stride: squareAt(config, 'strides', size), padding: paddingAt(config, ['valid', 'same']) }
    return [plain(pool(size, options))]
  }

/** Pools over every place; `keepdims` leaves axes of size 1 in their stead. */
const whole =
  (layers: (context: Context) => readonly Layer[]): Translator =>
  (context) => {
    const { config, input } = context
    const found = layers(context)
    const kept = [...input.slice(1).map(() => 1), input.at(-1) ?? 1]
    return (booleanAt(config, 'keepdims', false) ? [...found, reshape(kept)] : found).map(plain)
  }

const ofMaps = (layer: Layer): Translator =>
  whole((context) => {
    mapOf(context)
    return [layer]
  })

/** Translators of pooling layers. */
export const pools: Readonly<Record<string, Translator>> = {
  AveragePooling1D: windows(sequenceOf, averagePool1d),
  AveragePooling2D: windows(mapOf, averagePool),
  GlobalAveragePooling1D: whole((context) => {
    sequenceOf(context)
    return [meanOverTime()]
  }),
  GlobalAveragePooling2D: ofMaps(globalAveragePool),
  GlobalMaxPooling1D: whole((context) => {
    const [steps, features] = sequenceOf(context)
    return [reshape([steps, 1, features]), globalMaxPool]
  }),
  GlobalMaxPooling2D: ofMaps(globalMaxPool),
  MaxPooling1D: windows(sequenceOf, maxPool1d),
  MaxPooling2D: windows(mapOf, maxPool),
}
