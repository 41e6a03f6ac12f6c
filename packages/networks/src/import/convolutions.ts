import { conv2d, depthwiseConv2d, type ConvolutionOptions } from '@ptu/layers'

import { activationAt } from './activations.ts'
import { ImportError } from './errors.ts'
import { booleanAt, checkOnly, sizeAt, squareAt, textAt, type Fields } from './fields.ts'
import type { Context, Translator } from './part.ts'

/** Throws unless the input is `[height, width, channels]`, channels last. */
export const mapOf = ({ config, input }: Context): readonly [number, number, number] => {
  checkOnly(config, 'data_format', ['channels_last'])
  const [height, width, channels] = input
  if (input.length !== 3 || height === undefined || width === undefined || channels === undefined)
    throw new ImportError(`${config.place}: expected an input [height, width, channels], got [${input.join(', ')}]`)
  return [height, width, channels]
}

/** The padding that a field names. */
export const paddingAt = (config: Fields): 'same' | 'valid' => {
  const padding = textAt(config, 'padding', 'valid')
  if (padding === 'same' || padding === 'valid') return padding
  throw new ImportError(`${config.place}: expected padding same or valid, got ${padding}`)
}

const optionsOf = (config: Fields): Required<Omit<ConvolutionOptions, 'initializer'>> => ({
  stride: squareAt(config, 'strides', 1),
  padding: paddingAt(config),
  dilation: squareAt(config, 'dilation_rate', 1),
  bias: booleanAt(config, 'use_bias', true),
})

const plainConvolution: Translator = (context) => {
  const { config } = context
  checkOnly(config, 'groups', [1])
  const [, , channels] = mapOf(context)
  const [filters, size, options] = [sizeAt(config, 'filters'), squareAt(config, 'kernel_size'), optionsOf(config)]
  const { kernel, bias } = context.weights({
    kernel: [size, size, channels, filters],
    bias: options.bias ? [filters] : undefined,
  })
  return [
    { layer: conv2d(filters, size, options), params: () => ({ kernel: kernel(), ...(bias && { bias: bias() }) }) },
    ...activationAt(config),
  ]
}

const depthwise: Translator = (context) => {
  const { config } = context
  const [, , channels] = mapOf(context)
  const [size, multiplier] = [squareAt(config, 'kernel_size'), sizeAt(config, 'depth_multiplier', 1)]
  const options = optionsOf(config)
  const { depthwise_kernel: kernel, bias } = context.weights({
    depthwise_kernel: [size, size, channels, multiplier],
    bias: options.bias ? [channels * multiplier] : undefined,
  })
  return [
    {
      layer: depthwiseConv2d(size, { ...options, multiplier }),
      params: () => ({ kernel: kernel(), ...(bias && { bias: bias() }) }),
    },
    ...activationAt(config),
  ]
}

/** Translators of convolutions. */
export const convolutions: Readonly<Record<string, Translator>> = {
  Conv2D: plainConvolution,
  DepthwiseConv2D: depthwise,
}
