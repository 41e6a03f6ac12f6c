import { conv2d, dense, dropout, frozenBatchNorm, globalAveragePool, hardSigmoid, hardSwish, pointwiseConv2d, relu, relu6, sigmoid, silu, type Layer } from '@ptu/layers' // prettier-ignore

import type { Architecture, TensorTable } from './architecture.ts'
import { stagesOfB0 } from './efficientnet.ts'
import { imageNetFacts } from './facts.ts'
import { invertedResidual, unrolled, type Stage } from './inverted-residual.ts'
import { stagesOfV2 } from './mobilenet-v2.ts'
import { largeRows, smallRows, squeezedOf, type Row } from './mobilenet-v3.ts'
import { at, block, chain, plain, type PlannedBlock, type PlannedLayer } from './plan.ts'
import { plannedArchitecture } from './planned-architecture.ts'
import { rowsOf } from './rows-of.ts'
import { squeezeExcite } from './squeeze-excite.ts'

/** One inverted residual: its place, its sizes, and its squeeze-and-excitation if it has one. */
interface Unit {
  readonly stage: number
  readonly unit: number
  readonly input: number
  readonly inside: number
  readonly output: number
  readonly size: number
  readonly stride: number
  readonly activation: Layer
  readonly excite?: { readonly squeezed: number; readonly activation: Layer; readonly gate: Layer }
}

/** The modules of a unit; the first stage has no expansion, and its last convolution another name. */
const blockOf = ({ stage, unit, excite, ...sizes }: Unit): PlannedBlock => {
  const name = `blocks.${stage}.${unit}`
  const part = (convolution: string, norm: number): [string, string] => [`${name}.${convolution}`, `${name}.bn${norm}`]
  const isFirst = stage === 0
  return block(
    name,
    invertedResidual({
      ...{ ...sizes, padding: (sizes.size - 1) / 2 },
      ...(excite && {
        excite: squeezeExcite({
          ...{ channels: sizes.inside, ...excite, modules: [`${name}.se.conv_reduce`, `${name}.se.conv_expand`] },
        }),
      }),
      modules: {
        expand: part('conv_pw', 1),
        depthwise: part('conv_dw', isFirst ? 1 : 2),
        project: isFirst ? part('conv_pw', 2) : part('conv_pwl', 3),
      },
    }),
  )
}

/** A convolution with its batch normalisation and activation. */
const normalised = (convolution: string, norm: string, layer: Layer, activation: Layer): PlannedLayer =>
  chain(at(convolution, layer), at(norm, frozenBatchNorm), plain(activation))

const stemOf = (channels: number, activation: Layer): PlannedBlock =>
  block('conv_stem', normalised('conv_stem', 'bn1', conv2d(channels, 3, { stride: 2, padding: 1, bias: false }), activation)) // prettier-ignore

const besides = (name: string): string =>
  name === 'efficientnet_b0' ? ', nor is efficientnet_blur_b0, which smooths its maps' : ''

const factsOf = (name: string, activation: string): Readonly<Record<string, string>> => ({
  activation,
  padding: `half of the window on every side, as PyTorch pads; a file of tf_${name} has the same tensors, but pads as TensorFlow does and has epsilon 1e-3: it is not this network${besides(name)}`,
  ...imageNetFacts,
})

/** A network of units up to a convolution by single positions, and one dense layer. */
const efficient = (name: string, units: readonly Unit[], activation: Layer, words: string): Architecture => {
  const head = normalised('conv_head', 'bn2', pointwiseConv2d(1280, { bias: false }), activation)
  const body = [stemOf(32, activation), ...units.map(blockOf), block('conv_head', head)]
  return plannedArchitecture(`timm ${name}`, (tensors) => ({
    body,
    head: block('classifier', chain(plain(globalAveragePool), plain(dropout(0.2)), classifierOf(tensors))),
    ...{ input: [224, 224, 3], epsilon: 1e-5, facts: factsOf(name, words) },
  }))
}

const classifierOf = (tensors: TensorTable): PlannedLayer =>
  at('classifier', dense(rowsOf(tensors, 'classifier.weight')))

const unitsOf = (stages: readonly Stage[], activation: Layer, excites: boolean): readonly Unit[] =>
  unrolled(stages, 32).map(({ stage, unit, input, inside, output, size, stride }) => ({
    ...{ stage, unit, input, inside, output, size, stride, activation },
    ...(excites && { excite: { squeezed: Math.floor(input / 4), activation, gate: sigmoid } }),
  }))

/** A MobileNetV3, whose stages have so many units; the first dense layer is a convolution in the file. */
const mobileNetV3 = (name: string, rows: readonly Row[], stages: readonly number[], hidden: number): Architecture => {
  const places = stages.flatMap((count, stage) => Array.from({ length: count }, (_, unit) => ({ stage, unit })))
  const units = rows.map(([size, inside, output, excites, act, stride], i) => ({
    ...{ ...{ stage: 0, unit: 0, ...places[i] }, size, inside, output, stride },
    ...{ input: i === 0 ? 16 : (rows[i - 1]?.[2] ?? 0), activation: act === 'RE' ? relu : hardSwish },
    ...(excites === 1 && { excite: { squeezed: squeezedOf(inside), activation: relu, gate: hardSigmoid(1 / 6) } }),
  }))
  const [last, wide] = [`blocks.${stages.length}.0`, 6 * (rows.at(-1)?.[2] ?? 0)]
  const end = normalised(`${last}.conv`, `${last}.bn1`, pointwiseConv2d(wide, { bias: false }), hardSwish)
  return plannedArchitecture(`timm ${name}`, (tensors) => ({
    body: [stemOf(16, hardSwish), ...units.map(blockOf), block(last, end)],
    head: block('classifier', chain(plain(globalAveragePool), at('conv_head map', dense(hidden)), plain(hardSwish), plain(dropout(0.2)), classifierOf(tensors))), // prettier-ignore
    views: [
      { name: 'conv_head map.weight', of: [{ name: 'conv_head.weight', shape: [hidden, wide, 1, 1] }], shape: [hidden, wide] }, // prettier-ignore
      { name: 'conv_head map.bias', of: [{ name: 'conv_head.bias', shape: [hidden] }], shape: [hidden] },
    ],
    ...{ input: [224, 224, 3], epsilon: 1e-5 },
    facts: factsOf(name, 'ReLU and hard-swish, hard-sigmoid in squeeze-and-excitation'),
  }))
}

/**
 * The networks of inverted residuals of timm.
 *
 * References:
 *   Sandler, Howard, Zhu, Zhmoginov & Chen, "MobileNetV2", CVPR 2018, table 2, https://arxiv.org/abs/1801.04381
 *   Tan & Le, "EfficientNet", ICML 2019, table 1, https://arxiv.org/abs/1905.11946
 *   Howard et al., "Searching for MobileNetV3", ICCV 2019, tables 1 and 2, https://arxiv.org/abs/1905.02244
 *   Wightman, timm, `efficientnet` and `mobilenetv3`, https://github.com/huggingface/pytorch-image-models
 */
export const timmEfficientNets: readonly Architecture[] = [
  efficient('efficientnet_b0', unitsOf(stagesOfB0, silu, true), silu, 'SiLU, sigmoid in squeeze-and-excitation'),
  efficient('efficientnet_lite0', unitsOf(stagesOfB0, relu6, false), relu6, 'ReLU6'),
  efficient('mobilenetv2_100', unitsOf(stagesOfV2, relu6, false), relu6, 'ReLU6'),
  mobileNetV3('mobilenetv3_small_100', smallRows, [1, 2, 3, 2, 3], 1024),
  mobileNetV3('mobilenetv3_large_100', largeRows, [1, 2, 3, 4, 2, 3], 1280),
]
