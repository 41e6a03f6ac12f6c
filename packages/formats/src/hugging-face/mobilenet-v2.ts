import {
  conv2d,
  dense,
  depthwiseConv2d,
  frozenBatchNorm,
  globalAveragePool,
  pointwiseConv2d,
  type Layer,
} from '@ptu/layers'
import { ImportError } from '@ptu/networks'

import { at, block, chain, plain, sum, type PlannedBlock, type PlannedLayer } from '../architectures/plan.ts'
import { rowsOf } from '../architectures/rows-of.ts'
import { activation, count, flag, positive, type Config } from './config.ts'
import { directly } from './endings.ts'
import type { FolderPlan, ModelType } from './model-type.ts'

/** The channels of each residual of width 1, and the stride of each, as the config of transformers fixes them. */
const widths = [16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320] as const
const strides = [2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1] as const

interface Settings {
  readonly activate: Layer
  readonly padding: 'same' | 1
  readonly expand: number
}

/** The nearest multiple of a divisor, at least the least and not more than a tenth below the value. */
const rounded = (config: Config, wanted: number): number => {
  const value = Math.round(wanted)
  const divisor = count(config, 'depth_divisible_by', 8)
  const nearest = Math.max(count(config, 'min_depth', 8), Math.floor((value + divisor / 2) / divisor) * divisor)
  return nearest < 0.9 * value ? nearest + divisor : nearest
}

const normalised = (name: string, layer: Layer, activate?: Layer): PlannedLayer =>
  chain(
    at(`${name}.convolution`, layer),
    at(`${name}.normalization`, frozenBatchNorm),
    ...(activate ? [plain(activate)] : []),
  )

const depthwise = (name: string, stride: number, { padding, activate }: Settings): PlannedLayer =>
  normalised(`${name}.conv_3x3`, depthwiseConv2d(3, { stride, padding, bias: false }), activate)

const pointwise = (name: string, filters: number, activate?: Layer): PlannedLayer =>
  normalised(name, pointwiseConv2d(filters, { bias: false }), activate)

const stem = (name: string, [first, output]: readonly [number, number], settings: Settings): PlannedLayer =>
  chain(
    normalised(
      `${name}.first_conv`,
      conv2d(first, 3, { stride: 2, padding: settings.padding, bias: false }),
      settings.activate,
    ),
    depthwise(name, 1, settings),
    pointwise(`${name}.reduce_1x1`, output),
  )

const residuals = (prefix: string, channels: readonly number[], settings: Settings): readonly PlannedBlock[] =>
  strides.map((stride, i) => {
    const [input = 1, output = 1] = channels.slice(i)
    const name = `${prefix}layer.${i}`
    const main = chain(
      pointwise(`${name}.expand_1x1`, input * settings.expand, settings.activate),
      depthwise(name, stride, settings),
      pointwise(`${name}.reduce_1x1`, output),
    )
    return block(`layer.${i}`, stride === 1 && input === output ? sum(main) : main)
  })

/**
 * MobileNetV2 of transformers: a stem, sixteen inverted residuals and a convolution by single positions, of any width.
 *
 * References:
 *   Sandler, Howard, Zhu, Zhmoginov & Chen, "MobileNetV2", CVPR 2018, table 2, https://arxiv.org/abs/1801.04381
 */
export const mobileNetV2: ModelType = {
  names: ['mobilenet_v2'],
  prefixes: ['', 'mobilenet_v2.'],
  modules: ['conv_stem', 'layer', 'conv_1x1'],
  classifier: {
    classes: { mobilenet_v2: 'MobileNetV2ForImageClassification' },
    prefix: 'mobilenet_v2.',
    ending: directly('classifier'),
  },
  plan: ({ config, tensors }, prefix): FolderPlan => {
    if (count(config, 'output_stride', 32) !== 32 || !flag(config, 'first_layer_is_expansion', true))
      throw new ImportError(
        'config.json: expected output_stride 32 and first_layer_is_expansion, other kinds are not known',
      )
    const act = activation(config, 'hidden_act', 'relu6')
    const padding = flag(config, 'tf_padding', true) ? 'same' : 1
    const settings: Settings = { activate: act.layer, padding, expand: count(config, 'expand_ratio', 6) }
    const factor = positive(config, 'depth_multiplier', 1)
    const channels = widths.map((width) => rounded(config, width * factor))
    const last = flag(config, 'finegrained_output', true) && factor < 1 ? 1280 : rounded(config, 1280 * factor)
    const size = count(config, 'image_size', 224, { most: 2 ** 14 })
    const epsilon = positive(config, 'layer_norm_eps', 1e-3)
    return {
      body: [
        block('conv_stem', stem(`${prefix}conv_stem`, [rounded(config, 32 * factor), channels[0] ?? 1], settings)),
        ...residuals(prefix, channels, settings),
        block('conv_1x1', pointwise(`${prefix}conv_1x1`, last, act.layer)),
      ],
      head: block(
        'classifier',
        chain(plain(globalAveragePool), at('classifier', dense(rowsOf(tensors, 'classifier.weight')))),
      ),
      input: [size, size, count(config, 'num_channels', 3)],
      anySize: true,
      epsilon,
      facts: {
        activation: act.name,
        padding: padding === 1 ? '1 on every side, as PyTorch pads' : 'as TensorFlow pads',
      },
    }
  },
}
