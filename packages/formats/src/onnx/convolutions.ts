import { conv1d, conv2d, depthwiseConv2d, reshape, type Layer } from '@ptu/layers'
import type { Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import { sizeAt } from '../layers-model/fields.ts'
import { plain } from '../layers-model/part.ts'
import type { Arrangement, StoredTensor } from '../stored-tensor.ts'
import { asMap, mapValue, refuseNode, weightAt, weightIf, weightOf, type OnnxTranslator } from './context.ts'
import { extentOf, paddingOf, windowOf, type OnnxWindow } from './windows.ts'

/** A convolution of ours, the second of three layers if others shape its input and output, and the order of its weights' numbers. */
interface Kind {
  readonly layers: readonly Layer[]
  readonly arrangement: Arrangement
}

/** The facts of a convolution. */
interface Facts {
  readonly channels: number
  readonly outputs: number
  readonly groups: number
  readonly window: OnnxWindow
  readonly hasBias: boolean
}

const overMaps = ({ channels, outputs, groups, window, hasBias }: Facts): Kind => {
  const [size, stride, dilation] = [extentOf(window.size), extentOf(window.stride), extentOf(window.dilation)]
  const options = { stride, dilation, padding: paddingOf(window), bias: hasBias }
  const multiplier = outputs / channels
  if (groups > 1 && groups === channels && Number.isInteger(multiplier))
    return {
      layers: [depthwiseConv2d(size, { ...options, multiplier })],
      arrangement: { split: [channels, multiplier, ...window.size], order: [2, 3, 0, 1] },
    }
  return {
    layers: [conv2d(outputs, size, { ...options, groups })],
    arrangement: { split: [outputs, channels / groups, ...window.size], order: [2, 3, 1, 0] },
  }
}

/** A convolution over steps; one in groups is over a map of width 1. */
const overSteps = ({ channels, outputs, groups, window, hasBias }: Facts, steps: number): Kind => {
  const [[size = 1], [stride], [dilation]] = [window.size, window.stride, window.dilation]
  const [sides = [0, 0]] = window.pads
  const slides = { stride: stride ?? 1, dilation: dilation ?? 1 }
  if (groups === 1)
    return {
      layers: [conv1d(outputs, size, { ...slides, padding: sides, bias: hasBias })],
      arrangement: { split: [outputs, channels, size], order: [2, 1, 0] },
    }
  const wide = {
    ...{ size: [size, 1], stride: [slides.stride, 1], dilation: [slides.dilation, 1], pads: [sides, [0, 0] as const] },
  }
  const { layers, arrangement } = overMaps({ channels, outputs, groups, window: wide, hasBias })
  const made = layers.reduce<Shape>((shape, layer) => layer.output(shape), [steps, 1, channels])
  return { layers: [reshape([steps, 1, channels]), ...layers, reshape([made[0] ?? 1, outputs])], arrangement }
}

/** The makers of the parameters of a convolution. */
const kernelAndBias =
  (kernel: StoredTensor, arrangement: Arrangement, bias: StoredTensor | undefined) =>
  (): { kernel: Tensor; bias?: Tensor } => ({
    kernel: kernel.arranged(arrangement),
    ...(bias && { bias: bias.tensor() }),
  })

const convolution: OnnxTranslator = (context) => {
  const { parts, value } = asMap(context)
  const [channels = 1, lengths] = [value.shape.at(-1), value.shape.slice(0, -1)]
  const found = weightAt(context, 1, 'W')
  const [outputs = 1, , ...kernel] = found.shape
  const groups = sizeAt(context.config, 'group', 1)
  if (channels % groups !== 0 || outputs % groups !== 0)
    return refuseNode(context, `expected group to divide ${channels} channels and ${outputs} filters, got ${groups}`)
  const window = windowOf(context.config, lengths, kernel)
  const weights = weightOf(context, 1, 'W', [outputs, channels / groups, ...kernel])
  const bias = weightIf(context, 2, 'B', [outputs])
  const facts = { channels, outputs, groups, window, hasBias: bias !== undefined }
  const { layers, arrangement } = lengths.length === 2 ? overMaps(facts) : overSteps(facts, lengths[0] ?? 1)
  const params = kernelAndBias(weights, arrangement, bias)
  const own = layers.length === 1 ? 0 : 1
  const made = layers.map((layer, i) => (i === own ? { layer, params } : plain(layer)))
  return { parts: [...parts, ...made], value: mapValue(layers, value.shape) }
}

/** Translators of convolutions. */
export const convolutions: Readonly<Record<string, OnnxTranslator>> = { Conv: convolution }
