import { conv2d, dense, dropout, frozenBatchNorm, globalAveragePool, pointwiseConv2d, sigmoid, silu } from '@ptu/layers'

import type { Architecture } from './architecture.ts'
import { imageNetFacts } from './facts.ts'
import { invertedResidual, unrolled, type Stage } from './inverted-residual.ts'
import { at, block, chain, plain, type PlannedBlock } from './plan.ts'
import { plannedArchitecture } from './planned-architecture.ts'
import { rowsOf } from './rows-of.ts'
import { squeezeExcite } from './squeeze-excite.ts'

/** The stages of EfficientNet-B0. */
export const stagesOfB0: readonly Stage[] = [
  { expansion: 1, output: 16, repeats: 1, stride: 1, size: 3 },
  { expansion: 6, output: 24, repeats: 2, stride: 2, size: 3 },
  { expansion: 6, output: 40, repeats: 2, stride: 2, size: 5 },
  { expansion: 6, output: 80, repeats: 3, stride: 2, size: 3 },
  { expansion: 6, output: 112, repeats: 3, stride: 1, size: 5 },
  { expansion: 6, output: 192, repeats: 4, stride: 2, size: 5 },
  { expansion: 6, output: 320, repeats: 1, stride: 1, size: 3 },
]

/** The nearest multiple of 8, which is at least 9 tenths of a width. */
const eights = (width: number): number => {
  const near = Math.max(8, Math.floor((width + 4) / 8) * 8)
  return near < 0.9 * width ? near + 8 : near
}

const units = (stages: readonly Stage[], input: number): readonly PlannedBlock[] =>
  unrolled(stages, input).map((one) => {
    const name = `features.${one.stage + 1}.${one.unit}`
    const first = one.inside === one.input ? 0 : 1
    const part = (place: number): [string, string] => [`${name}.block.${place}.0`, `${name}.block.${place}.1`]
    const gates = `${name}.block.${first + 1}`
    return block(
      name,
      invertedResidual({
        ...{ ...one, padding: (one.size - 1) / 2, activation: silu },
        excite: squeezeExcite({
          ...{ channels: one.inside, squeezed: Math.max(1, Math.floor(one.input / 4)) },
          ...{ activation: silu, gate: sigmoid, modules: [`${gates}.fc1`, `${gates}.fc2`] },
        }),
        modules: { expand: part(0), depthwise: part(first), project: part(first + 2) },
      }),
    )
  })

/** An EfficientNet of torchvision; `wide` and `deep` are the factors of B0's channels and repetitions, `size` that of its images. */
const efficientNet = (name: string, wide: number, deep: number, size: number): Architecture => {
  const stages = stagesOfB0.map((stage) => ({
    ...stage,
    output: eights(stage.output * wide),
    repeats: Math.ceil(stage.repeats * deep),
  }))
  const stem = eights(32 * wide)
  const last = 4 * (stages.at(-1)?.output ?? 0)
  const body = [
    block('features.0', chain(at('features.0.0', conv2d(stem, 3, { stride: 2, padding: 1, bias: false })), at('features.0.1', frozenBatchNorm), plain(silu))), // prettier-ignore
    ...units(stages, stem),
    block('features.8', chain(at('features.8.0', pointwiseConv2d(last, { bias: false })), at('features.8.1', frozenBatchNorm), plain(silu))), // prettier-ignore
  ]
  return plannedArchitecture(`torchvision ${name}`, (tensors) => ({
    body,
    head: block(
      'classifier',
      chain(
        plain(globalAveragePool),
        plain(dropout(0.2)),
        at('classifier.1', dense(rowsOf(tensors, 'classifier.1.weight'))),
      ),
    ),
    input: [size, size, 3],
    epsilon: 1e-5,
    facts: {
      activation: 'SiLU, sigmoid in squeeze-and-excitation',
      padding: 'half of the window on every side, as PyTorch pads',
      'stochastic depth': 'left out',
      ...imageNetFacts,
    },
  }))
}

/**
 * EfficientNet B0 to B2 of torchvision: inverted residuals with squeeze-and-excitation.
 *
 * References:
 *   Tan & Le, "EfficientNet: rethinking model scaling for convolutional neural networks", ICML 2019, table 1, https://arxiv.org/abs/1905.11946
 *   torchvision, `efficientnet`, https://github.com/pytorch/vision/blob/v0.14.1/torchvision/models/efficientnet.py
 */
export const efficientNets: readonly Architecture[] = [
  efficientNet('efficientnet_b0', 1, 1, 224),
  efficientNet('efficientnet_b1', 1, 1.1, 240),
  efficientNet('efficientnet_b2', 1.1, 1.2, 288),
]
