import { dropout, fixedAffine, flatten, identity, permute, reshape, upSample2d, zeroPad2d } from '@ptu/layers'

import { mapOf } from './convolutions.ts'
import { checkOnly, isSize, itemsOf, listAt, numberAt, refuse, valueAt, type Fields } from './fields.ts'
import { plain, type Part, type Translator } from './part.ts'

type Sides = readonly [readonly [number, number], readonly [number, number]]

/** A size for both, or one for each; undefined for anything else. */
const pairOf = (value: unknown, least: 0 | 1): readonly [number, number] | undefined => {
  const [first, second = first, ...more] = itemsOf(value)
  return isSize(first, least) && isSize(second, least) && more.length === 0 ? [first, second] : undefined
}

/** Padding as `n`, `[height, width]` or `[[top, bottom], [left, right]]`. */
const sidesAt = (config: Fields): Sides => {
  const [height, width = height, ...more] = itemsOf(valueAt(config, 'padding') ?? 1)
  const [vertical, horizontal] = [pairOf(height, 0), pairOf(width, 0)]
  if (vertical === undefined || horizontal === undefined || more.length > 0)
    return refuse(config, 'padding', 'a size, [height, width] or [[top, bottom], [left, right]]')
  return [vertical, horizontal]
}

/** A layer that brings maps to a size passes on those that have it. */
const sizedAs =
  (high: string, wide: string): Translator =>
  (context) => {
    const [height, width] = mapOf(context)
    checkOnly(context.config, high, [height])
    checkOnly(context.config, wide, [width])
    return [plain(identity)]
  }

/** Layers that draw noise in training as no layer of ours does: at inference, which is kept, they pass their input on. */
export const noises: readonly string[] = [
  ...['SpatialDropout1D', 'SpatialDropout2D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'],
  ...['RandomFlip', 'RandomRotation', 'RandomTranslation', 'RandomContrast', 'RandomBrightness', 'RandomErasing'],
  ...['RandomColorJitter', 'RandomColorDegeneration', 'RandomGaussianBlur', 'RandomGrayscale', 'RandomHue'],
  ...['RandomPerspective', 'RandomPosterization', 'RandomSaturation', 'RandomSharpness', 'RandomShear', 'RandomZoom'],
  ...['RandomElasticTransform', 'RandomInvert', 'AugMix', 'AutoContrast', 'RandAugment', 'ActivityRegularization'],
]

/** Translators of layers that move numbers and compute none. */
export const shapeLayers: Readonly<Record<string, Translator>> = {
  ...Object.fromEntries(noises.map((type) => [type, (): readonly Part[] => [plain(identity)]])),
  'Add of a number': ({ config }) => [plain(fixedAffine({ shift: [numberAt(config, 'number')] }))],
  'Multiply of a number': ({ config }) => [plain(fixedAffine({ scale: [numberAt(config, 'number')] }))],
  CenterCrop: sizedAs('height', 'width'),
  Dropout: ({ config }) => {
    const rate = numberAt(config, 'rate')
    // Where whole maps or examples are dropped together, as in stochastic depth, no layer of ours draws alike.
    return [plain(valueAt(config, 'noise_shape') === undefined ? dropout(rate) : identity)]
  },
  Flatten: ({ config, input }) => {
    checkOnly(config, 'data_format', ['channels_last', 'channels_first'])
    const isFirst = valueAt(config, 'data_format') === 'channels_first' && input.length > 1
    return isFirst ? [plain(permute([...input.keys()].slice(1).concat(0))), plain(flatten)] : [plain(flatten)]
  },
  InputLayer: () => [plain(identity)],
  RandomCrop: sizedAs('height', 'width'),
  Resizing: sizedAs('height', 'width'),
  Reshape: ({ config }) => {
    const shape = listAt(config, 'target_shape').map((size) => size ?? -1)
    return shape.every((size): size is number => size === -1 || isSize(size))
      ? [plain(reshape(shape))]
      : refuse(config, 'target_shape', 'a list of sizes')
  },
  UpSampling2D: (context) => {
    const { config } = context
    mapOf(context)
    checkOnly(config, 'interpolation', ['nearest'])
    const size = pairOf(valueAt(config, 'size') ?? 2, 1)
    return size === undefined ? refuse(config, 'size', 'a size or [rows, columns]') : [plain(upSample2d(size))]
  },
  ZeroPadding2D: (context) => {
    mapOf(context)
    return [plain(zeroPad2d(sidesAt(context.config)))]
  },
}
