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
import { booleanAt, extentAt, squareAt, type Fields } from './fields.ts'
import { plain, type Context, type Translator } from './part.ts'

type Pool<Size> = (size: Size, options: { readonly stride: Size; readonly padding: 'valid' | 'same' }) => Layer

const windows =
  <Size>(
    axes: (context: Context) => unknown,
    sizeOf: (config: Fields, name: string, missing: Size | 2) => Size,
    pool: Pool<Size>,
  ): Translator =>
  (context) => {
    const { config } = context
    axes(context)
    const size = sizeOf(config, 'pool_size', 2)
    return [plain(pool(size, { stride: sizeOf(config, 'strides', size), padding: paddingAt(config, ['valid', 'same']) }))] // prettier-ignore
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
  AveragePooling1D: windows(sequenceOf, squareAt, averagePool1d),
  AveragePooling2D: windows(mapOf, extentAt, averagePool),
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
  MaxPooling1D: windows(sequenceOf, squareAt, maxPool1d),
  MaxPooling2D: windows(mapOf, extentAt, maxPool),
}
