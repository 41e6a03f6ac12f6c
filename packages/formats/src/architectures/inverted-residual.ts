import { depthwiseConv2d, frozenBatchNorm, pointwiseConv2d, relu6, type Layer, type Padding } from '@ptu/layers'

import { at, chain, plain, sum, type PlannedLayer } from './plan.ts'

/** One inverted residual and the modules that it is in. */
export interface InvertedResidual {
  readonly input: number
  readonly output: number
  /** The channels inside; where they are those of the input, there is no expansion. */
  readonly inside: number
  readonly size: number
  readonly stride: number
  readonly padding: Padding
  /** Default ReLU6. */
  readonly activation?: Layer
  /** The layers between the depthwise convolution and the last. */
  readonly excite?: PlannedLayer
  /** The modules of each convolution and its batch normalisation; `expand` only if there are more channels inside. */
  readonly modules: Readonly<Record<'expand' | 'depthwise' | 'project', readonly [convolution: string, norm: string]>>
}

/**
 * More channels by single positions, a convolution of each channel by itself, fewer channels by single positions; the
 * input is added where its shape is that of the output. The activation follows the first two.
 *
 * References:
 *   Sandler, Howard, Zhu, Zhmoginov & Chen, "MobileNetV2: inverted residuals and linear bottlenecks", CVPR 2018, §3.3, https://arxiv.org/abs/1801.04381
 */
export const invertedResidual = (options: InvertedResidual): PlannedLayer => {
  const { input, output, inside, size, stride, padding, modules, activation = relu6, excite } = options
  const expand = [at(modules.expand[0], pointwiseConv2d(inside, { bias: false })), at(modules.expand[1], frozenBatchNorm), plain(activation)] // prettier-ignore
  const main = chain(
    ...(inside === input ? [] : expand),
    at(modules.depthwise[0], depthwiseConv2d(size, { stride, padding, bias: false })),
    at(modules.depthwise[1], frozenBatchNorm),
    plain(activation),
    ...(excite === undefined ? [] : [excite]),
    at(modules.project[0], pointwiseConv2d(output, { bias: false })),
    at(modules.project[1], frozenBatchNorm),
  )
  return stride === 1 && input === output ? sum(main) : main
}

/** Inverted residuals that differ in the stride of the first only. */
export interface Stage {
  readonly expansion: number
  readonly output: number
  readonly repeats: number
  readonly stride: number
  readonly size: number
}

/** The inverted residuals of stages, in their order, without padding and modules, each with its place. */
export const unrolled = (
  stages: readonly Stage[],
  input: number,
): readonly (Omit<InvertedResidual, 'padding' | 'modules'> & { readonly stage: number; readonly unit: number })[] => {
  let channels = input
  return stages.flatMap(({ expansion, output, repeats, stride, size }, stage) =>
    Array.from({ length: repeats }, (_, unit) => {
      const inside = channels * expansion
      const one = { input: channels, output, inside, size, stride: unit === 0 ? stride : 1, stage, unit }
      channels = output
      return one
    }),
  )
}
