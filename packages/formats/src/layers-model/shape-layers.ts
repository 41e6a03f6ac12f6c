import { dropout, flatten, identity, reshape, zeroPad2d } from '@ptu/layers'

import { mapOf } from './convolutions.ts'
import { checkOnly, isSize, itemsOf, listAt, numberAt, refuse, valueAt, type Fields } from './fields.ts'
import { plain, type Part, type Translator } from './part.ts'

type Sides = readonly [readonly [number, number], readonly [number, number]]

const pairOf = (value: unknown): readonly [number, number] | undefined => {
  const [before, after = before] = itemsOf(value)
  return isSize(before, 0) && isSize(after, 0) ? [before, after] : undefined
}

/** Padding as `n`, `[height, width]` or `[[top, bottom], [left, right]]`. */
const sidesAt = (config: Fields): Sides => {
  const [height, width = height] = itemsOf(valueAt(config, 'padding') ?? 1)
  const [vertical, horizontal] = [pairOf(height), pairOf(width)]
  if (vertical === undefined || horizontal === undefined)
    return refuse(config, 'padding', 'a size, [height, width] or [[top, bottom], [left, right]]')
  return [vertical, horizontal]
}

/** Layers that draw noise in training as no layer of ours does: at inference, which is kept, they pass their input on. */
const noises = ['SpatialDropout1D', 'SpatialDropout2D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'] as const

/** Translators of layers that move numbers and compute none. */
export const shapeLayers: Readonly<Record<string, Translator>> = {
  ...Object.fromEntries(noises.map((type) => [type, (): readonly Part[] => [plain(identity)]])),
  Dropout: ({ config }) => [plain(dropout(numberAt(config, 'rate')))],
  Flatten: ({ config }) => {
    checkOnly(config, 'data_format', ['channels_last'])
    return [plain(flatten)]
  },
  InputLayer: () => [plain(identity)],
  Reshape: ({ config }) => {
    const shape = listAt(config, 'target_shape').map((size) => size ?? -1)
    return shape.every((size): size is number => size === -1 || isSize(size))
      ? [plain(reshape(shape))]
      : refuse(config, 'target_shape', 'a list of sizes')
  },
  ZeroPadding2D: (context) => {
    mapOf(context)
    return [plain(zeroPad2d(sidesAt(context.config)))]
  },
}
