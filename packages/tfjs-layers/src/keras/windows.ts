import { pairOf, type StepPadding, type Window } from '@ptu/layers'
import type { Tensor } from '@tensorflow/tfjs-core'
import { concat, pad, reshape, split } from '@tensorflow/tfjs-core'
import { layers } from '@tensorflow/tfjs-layers'

import { noCounterpart, tensorsOf, type Stage, type Stages, type Subject } from './stage.ts'

type Pads = readonly [readonly [number, number], readonly [number, number]]

/** Padding as Keras has it, with a stage of zeros before it if counts are given. */
const padded = (
  padding: Window['padding'],
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

/** True if a window moves by more than one position, or has gaps. */
const isWide = (extent: Window['size']): boolean => pairOf(extent).some((count) => count > 1)

/**
 * A kernel of groups as one of all channels, with zeros where a filter does not read: `[…, in / groups, out] -> […, in, out]`.
 * tfjs-layers has no groups.
 */
const ungrouped = (kernel: Tensor, groups: number): Tensor => {
  const width = kernel.shape[2] ?? 1
  const none = [0, 0] as [number, number]
  return concat(
    split(kernel, groups, 3).map((part, i) => pad(part, [none, none, [i * width, (groups - 1 - i) * width], none])),
    3,
  )
}

export const conv2d: Stages = (subject) => {
  const {
    filters,
    size,
    stride,
    dilation,
    padding,
    bias,
    groups = 1,
  } = subject.spec as unknown as Window & {
    filters: number
    bias: boolean
    groups?: number
  }
  if (isWide(stride) && isWide(dilation))
    throw noCounterpart(subject.spec, 'tfjs convolves with a stride or with a dilation, not with both')
  const { before, padding: kerasPadding } = padded(padding, subject.nameOf)
  const slides = { kernelSize: pairOf(size), strides: pairOf(stride), dilationRate: pairOf(dilation) }
  const layer = layers.conv2d({
    ...{ ...slides, filters, padding: kerasPadding, useBias: bias },
    name: subject.nameOf('conv2d'),
  })
  const weights = (): readonly Tensor[] => {
    const [kernel, ...rest] = kernelAndBias(subject)()
    return kernel === undefined || groups === 1 ? [kernel ?? [], ...rest].flat() : [ungrouped(kernel, groups), ...rest]
  }
  return [...before, { layer, weights }]
}

export const depthwiseConv2d: Stages = (subject) => {
  const fields = subject.spec as unknown as Window & { multiplier: number; bias: boolean }
  const { size, stride, dilation, multiplier, padding, bias } = fields
  if (isWide(dilation)) throw noCounterpart(subject.spec, 'the depthwise convolution of tfjs-layers ignores dilation')
  const { before, padding: kerasPadding } = padded(padding, subject.nameOf)
  const layer = layers.depthwiseConv2d({
    ...{ kernelSize: pairOf(size), strides: pairOf(stride) },
    ...{ depthMultiplier: multiplier, padding: kerasPadding, useBias: bias },
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
