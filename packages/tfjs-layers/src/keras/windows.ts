import type { Padding, StepPadding } from '@ptu/layers'
import type { Tensor } from '@tensorflow/tfjs-core'
import { reshape } from '@tensorflow/tfjs-core'
import { layers } from '@tensorflow/tfjs-layers'

import { noCounterpart, tensorsOf, type Stage, type Stages, type Subject } from './stage.ts'

interface WindowFields {
  readonly size: number
  readonly stride: number
  readonly padding: Padding
  readonly dilation: number
}

type Pads = readonly [readonly [number, number], readonly [number, number]]

/** Padding as Keras has it, with a stage of zeros before it if counts are given. */
const padded = (
  padding: Padding,
  nameOf: Subject['nameOf'],
): { before: readonly Stage[]; padding: 'same' | 'valid' } => {
  if (typeof padding === 'string') return { before: [], padding }
  const pads: Pads =
    typeof padding === 'number'
      ? [
          [padding, padding],
          [padding, padding],
        ]
      : padding
  return { before: pads.flat().some((count) => count > 0) ? [zeros(pads, nameOf)] : [], padding: 'valid' }
}

const zeros = ([[top, bottom], [left, right]]: Pads, nameOf: Subject['nameOf']): Stage => ({
  layer: layers.zeroPadding2d({
    name: nameOf('zero_padding2d'),
    padding: [
      [top, bottom],
      [left, right],
    ],
  }),
})

const kernelAndBias = (subject: Subject) => (): readonly Tensor[] => {
  const { kernel, bias } = tensorsOf(subject)
  return [kernel, bias].flatMap((tensor) => tensor ?? [])
}

export const zeroPad2d: Stages = (subject) => [
  zeros((subject.spec as unknown as { padding: Pads }).padding, subject.nameOf),
]

export const conv2d: Stages = (subject) => {
  const { filters, size, stride, dilation, padding, bias } = subject.spec as unknown as WindowFields & {
    filters: number
    bias: boolean
  }
  if (stride > 1 && dilation > 1)
    throw noCounterpart(subject.spec, 'tfjs convolves with a stride or with a dilation, not with both')
  const { before, padding: kerasPadding } = padded(padding, subject.nameOf)
  const layer = layers.conv2d({
    ...{ filters, kernelSize: size, strides: stride, dilationRate: dilation, padding: kerasPadding, useBias: bias },
    name: subject.nameOf('conv2d'),
  })
  return [...before, { layer, weights: kernelAndBias(subject) }]
}

export const depthwiseConv2d: Stages = (subject) => {
  const fields = subject.spec as unknown as WindowFields & { multiplier: number; bias: boolean }
  const { size, stride, dilation, multiplier, padding, bias } = fields
  if (dilation > 1) throw noCounterpart(subject.spec, 'the depthwise convolution of tfjs-layers ignores dilation')
  const { before, padding: kerasPadding } = padded(padding, subject.nameOf)
  const layer = layers.depthwiseConv2d({
    ...{
      kernelSize: size,
      strides: [stride, stride],
      depthMultiplier: multiplier,
      padding: kerasPadding,
      useBias: bias,
    },
    name: subject.nameOf('depthwise_conv2d'),
  })
  return [...before, { layer, weights: kernelAndBias(subject) }]
}

interface StepFields {
  readonly filters: number
  readonly size: number
  readonly stride: number
  readonly dilation: number
  readonly padding: StepPadding
  readonly bias: boolean
}

const sidesOf = ({ size, dilation, padding }: StepFields): readonly [number, number] => {
  if (padding === 'causal') return [(size - 1) * dilation, 0]
  if (typeof padding === 'string') return [0, 0]
  return typeof padding === 'number' ? [padding, padding] : padding
}

/**
 * A convolution over steps. With padding other than same and valid it is one over a map of width 1: tfjs pads no steps.
 */
export const conv1d: Stages = (subject) => {
  const fields = subject.spec as unknown as StepFields
  const { filters, size, stride, dilation, padding, bias: useBias } = fields
  if (stride > 1 && dilation > 1)
    throw noCounterpart(subject.spec, 'tfjs convolves with a stride or with a dilation, not with both')
  const { nameOf, input } = subject
  const weights = kernelAndBias(subject)
  const common = { filters, useBias, name: nameOf('conv1d') }
  if (padding === 'same' || padding === 'valid')
    return [
      {
        layer: layers.conv1d({ ...common, kernelSize: size, strides: stride, dilationRate: dilation, padding }),
        weights,
      },
    ]
  const [steps = 1, channels = 1] = input
  const sides = sidesOf(fields)
  const left = Math.floor((steps + sides[0] + sides[1] - (size - 1) * dilation - 1) / stride) + 1
  const slide = { kernelSize: [size, 1], strides: [stride, 1], dilationRate: [dilation, 1] as [number, number] }
  return [
    { layer: layers.reshape({ targetShape: [steps, 1, channels], name: nameOf('to_map') }) },
    zeros([sides, [0, 0]], nameOf),
    {
      layer: layers.conv2d({ ...common, ...slide, padding: 'valid' }),
      weights: () => {
        const [kernel, ...bias] = weights()
        return kernel ? [reshape(kernel, [size, 1, channels, filters]), ...bias] : []
      },
    },
    { layer: layers.reshape({ targetShape: [left, filters], name: nameOf('to_steps') }) },
  ]
}

type PoolFactory = (args: Parameters<typeof layers.maxPooling2d>[0]) => layers.Layer
type StepPoolFactory = (args: Parameters<typeof layers.maxPooling1d>[0]) => layers.Layer

const pool2d =
  (type: string, make: PoolFactory): Stages =>
  (subject) => {
    const { size, stride, padding } = subject.spec as unknown as WindowFields
    const kerasPadding = typeof padding === 'string' ? padding : 'valid'
    if (typeof padding !== 'string' && [padding].flat(2).some((count) => count > 0))
      throw noCounterpart(subject.spec, "the pools of tfjs know no padding but 'same' and 'valid'")
    return [{ layer: make({ poolSize: size, strides: stride, padding: kerasPadding, name: subject.nameOf(type) }) }]
  }

export const maxPool: Stages = pool2d('max_pooling2d', layers.maxPooling2d)
export const averagePool: Stages = pool2d('average_pooling2d', layers.averagePooling2d)

const pool1d =
  (type: string, make: StepPoolFactory): Stages =>
  (subject) => {
    const { size, stride, padding } = subject.spec as unknown as {
      size: number
      stride: number
      padding: 'same' | 'valid'
    }
    return [{ layer: make({ poolSize: size, strides: stride, padding, name: subject.nameOf(type) }) }]
  }

export const maxPool1d: Stages = pool1d('max_pooling1d', layers.maxPooling1d)
export const averagePool1d: Stages = pool1d('average_pooling1d', layers.averagePooling1d)
