import { reshape, transpose, type serialization, type Tensor } from '@tensorflow/tfjs-core'
import type { layers } from '@tensorflow/tfjs-layers'

const noisy: ReadonlySet<string> = new Set([
  ...['BatchNormalization', 'Dropout', 'SpatialDropout1D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'],
  'RandomWidth',
])

/** Tells whether a layer, or a layer inside it, computes something else in training. */
export const changesInTraining = (layer: layers.Layer): boolean =>
  describesChange({ className: layer.getClassName(), config: layer.getConfig() })

const describesChange = (value: serialization.ConfigDictValue): boolean => {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(describesChange)
  const { className, dropout, recurrentDropout } = value
  if (typeof className === 'string' && noisy.has(className)) return true
  return Number(dropout ?? 0) > 0 || Number(recurrentDropout ?? 0) > 0 || Object.values(value).some(describesChange)
}

/** Tells whether a layer is a batch normalisation. */
export const isBatchNorm = (layer: layers.Layer): boolean => layer.getClassName() === 'BatchNormalization'

/** A weight with its output channels on the last axis, and back. */
interface Arrangement {
  readonly last: (weight: Tensor) => Tensor
  readonly back: (arranged: Tensor, like: Tensor) => Tensor
}

const asItIs: Arrangement = { last: (weight) => weight, back: (arranged) => arranged }

/** The kernel of a transposed convolution has its outputs on the axis before the last. */
const swap = (weight: Tensor): Tensor =>
  weight.rank === 1
    ? weight
    : transpose(weight, [...weight.shape.slice(0, -2).keys(), weight.rank - 1, weight.rank - 2])

const outputsBeforeInputs: Arrangement = { last: swap, back: swap }

/** The kernel of a depthwise convolution, `[height, width, in, multiplier]`, has its outputs on the last two axes. */
const outputsOnTwoAxes: Arrangement = {
  last: (weight) => (weight.rank === 1 ? weight : reshape(weight, [...weight.shape.slice(0, -2), -1])),
  back: (arranged, like) => reshape(arranged, like.shape),
}

/**
 * Layers that are linear in their weights, channel by channel, with the place of the channels in these weights.
 *
 * Mixing the outputs of such a layer is the same as mixing its weights. Statistics of batch normalisation are no
 * weights to mix.
 */
export const mixable: ReadonlyMap<string, Arrangement> = new Map([
  ['Dense', asItIs],
  ['Conv1D', asItIs],
  ['Conv2D', asItIs],
  ['Conv3D', asItIs],
  ['Conv2DTranspose', outputsBeforeInputs],
  ['Conv3DTranspose', outputsBeforeInputs],
  ['DepthwiseConv2D', outputsOnTwoAxes],
  ['Embedding', asItIs],
  ['BatchNormalization', asItIs],
  ['LayerNormalization', asItIs],
])

/** The number of a layer's weights, at the end of the list, that are statistics and not learnt. */
export const statisticsOf = (layer: layers.Layer): number => (isBatchNorm(layer) ? 2 : 0)
