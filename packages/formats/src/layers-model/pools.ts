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
import { checkOnly, squareAt } from './fields.ts'
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

const whole =
  (layers: (context: Context) => readonly Layer[]): Translator =>
  (context) => {
    checkOnly(context.config, 'keepdims', [false])
    return layers(context).map(plain)
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
