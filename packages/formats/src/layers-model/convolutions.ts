import { conv1d, conv2d, depthwiseConv2d, pairOf, pointwiseConv2d, type Conv1dOptions } from '@ptu/layers'
import { ImportError } from '@ptu/networks'
import type { Tensor } from '@tensorflow/tfjs-core'

import { activationOf } from './activations.ts'
import { booleanAt, checkOnly, extentAt, refuse, sizeAt, squareAt, textAt, type Fields } from './fields.ts'
import type { Context, Translator } from './part.ts'

/** Throws unless the input is `[height, width, channels]`, channels last. */
export const mapOf = ({ config, input }: Context): readonly [number, number, number] => {
  checkOnly(config, 'data_format', ['channels_last'])
  const [height, width, channels] = input
  if (input.length !== 3 || height === undefined || width === undefined || channels === undefined)
    throw new ImportError(`${config.place}: expected an input [height, width, channels], got [${input.join(', ')}]`)
  return [height, width, channels]
}

/** Throws unless the input is `[steps, features]`, features last. */
export const sequenceOf = ({ config, input }: Context): readonly [number, number] => {
  checkOnly(config, 'data_format', ['channels_last'])
  const [steps, features] = input
  if (input.length !== 2 || steps === undefined || features === undefined)
    throw new ImportError(`${config.place}: expected an input [steps, features], got [${input.join(', ')}]`)
  return [steps, features]
}

/** The padding that a field names. */
export const paddingAt = <Padding extends string>(config: Fields, known: readonly Padding[]): Padding => {
  const padding = textAt(config, 'padding', 'valid')
  const found = known.find((name) => name === padding)
  if (found === undefined)
    throw new ImportError(`${config.place}: expected padding ${known.join(' or ')}, got ${padding}`)
  return found
}

interface Options<Padding, Size> {
  readonly stride: Size
  readonly padding: Padding
  readonly dilation: Size
  readonly bias: boolean
}

/** The options of a convolution; `sizeOf` reads a size of its window. */
const optionsOf = <Padding extends string, Size>(
  config: Fields,
  known: readonly Padding[],
  sizeOf: (config: Fields, name: string, missing: 1) => Size,
): Options<Padding, Size> => ({
  stride: sizeOf(config, 'strides', 1),
  padding: paddingAt(config, known),
  dilation: sizeOf(config, 'dilation_rate', 1),
  bias: booleanAt(config, 'use_bias', true),
})

/** The options of a convolution over maps of each channel by itself, and its window's size. */
const separateOf = (config: Fields) => {
  checkOnly(config, 'groups', [1])
  const size = pairOf(extentAt(config, 'kernel_size'))
  return { size, multiplier: sizeAt(config, 'depth_multiplier', 1), options: optionsOf(config, sides, extentAt) }
}

const sides = ['valid', 'same'] as const
const stepSides = ['valid', 'same', 'causal'] as const

/** The makers of a convolution's parameters. */
const kernelAndBias = (kernel: () => Tensor, bias?: () => Tensor) => (): { kernel: Tensor; bias?: Tensor } => ({
  kernel: kernel(),
  ...(bias && { bias: bias() }),
})

const overSteps: Translator = (context) => {
  const { config, weights } = context
  const [, features] = sequenceOf(context)
  const [filters, size] = [sizeAt(config, 'filters'), squareAt(config, 'kernel_size')]
  checkOnly(config, 'groups', [1])
  const options: Conv1dOptions = optionsOf(config, stepSides, squareAt)
  const { kernel, bias } = weights({
    kernel: [size, features, filters],
    bias: options.bias ? [filters] : undefined,
  })
  return [{ layer: conv1d(filters, size, options), params: kernelAndBias(kernel, bias) }, ...activationOf(context)]
}

const overMaps: Translator = (context) => {
  const { config, weights } = context
  const [, , channels] = mapOf(context)
  const [filters, groups] = [sizeAt(config, 'filters'), sizeAt(config, 'groups', 1)]
  const [size, options] = [pairOf(extentAt(config, 'kernel_size')), optionsOf(config, sides, extentAt)]
  if (channels % groups !== 0 || filters % groups !== 0)
    return refuse(config, 'groups', `one that divides ${channels} channels and ${filters} filters`)
  const { kernel, bias } = weights({
    kernel: [...size, channels / groups, filters],
    bias: options.bias ? [filters] : undefined,
  })
  const layer = conv2d(filters, size, { ...options, groups })
  return [{ layer, params: kernelAndBias(kernel, bias) }, ...activationOf(context)]
}

const depthwise: Translator = (context) => {
  const { config, weights } = context
  const [, , channels] = mapOf(context)
  const { size, multiplier, options } = separateOf(config)
  const { depthwise_kernel: kernel, bias } = weights({
    depthwise_kernel: [...size, channels, multiplier],
    bias: options.bias ? [channels * multiplier] : undefined,
  })
  return [
    { layer: depthwiseConv2d(size, { ...options, multiplier }), params: kernelAndBias(kernel, bias) },
    ...activationOf(context),
  ]
}

const separable: Translator = (context) => {
  const { config, weights } = context
  const [, , channels] = mapOf(context)
  const filters = sizeAt(config, 'filters')
  const { size, multiplier, options } = separateOf(config)
  const made = weights({
    depthwise_kernel: [...size, channels, multiplier],
    pointwise_kernel: [1, 1, channels * multiplier, filters],
    bias: options.bias ? [filters] : undefined,
  })
  return [
    {
      layer: depthwiseConv2d(size, { ...options, multiplier, bias: false }),
      params: kernelAndBias(made.depthwise_kernel),
    },
    {
      layer: pointwiseConv2d(filters, { bias: options.bias }),
      params: kernelAndBias(made.pointwise_kernel, made.bias),
    },
    ...activationOf(context),
  ]
}

/** Translators of convolutions. */
export const convolutions: Readonly<Record<string, Translator>> = {
  Conv1D: overSteps,
  Conv2D: overMaps,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
}
