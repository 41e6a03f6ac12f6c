import { conv2d, dense, dropout, frozenBatchNorm, globalAveragePool, pointwiseConv2d, relu6 } from '@ptu/layers'

import type { Architecture } from './architecture.ts'
import { imageNetFacts } from './facts.ts'
import { invertedResidual, unrolled } from './inverted-residual.ts'
import { at, block, chain, plain } from './plan.ts'
import { plannedArchitecture } from './planned-architecture.ts'
import { rowsOf } from './rows-of.ts'

/** The stages of MobileNetV2. */
export const stagesOfV2 = [
  { expansion: 1, output: 16, repeats: 1, stride: 1, size: 3 },
  { expansion: 6, output: 24, repeats: 2, stride: 2, size: 3 },
  { expansion: 6, output: 32, repeats: 3, stride: 2, size: 3 },
  { expansion: 6, output: 64, repeats: 4, stride: 2, size: 3 },
  { expansion: 6, output: 96, repeats: 3, stride: 1, size: 3 },
  { expansion: 6, output: 160, repeats: 3, stride: 2, size: 3 },
  { expansion: 6, output: 320, repeats: 1, stride: 1, size: 3 },
] as const

const stem = block(
  'features.0',
  chain(
    at('features.0.0', conv2d(32, 3, { stride: 2, padding: 1, bias: false })),
    at('features.0.1', frozenBatchNorm),
    plain(relu6),
  ),
)

const residuals = unrolled(stagesOfV2, 32).map((one, i) => {
  const name = `features.${i + 1}`
  // Without an expansion, the two other convolutions come first.
  const depthwise = one.inside === one.input ? 0 : 1
  return block(
    name,
    invertedResidual({
      ...one,
      padding: 1,
      modules: {
        expand: [`${name}.conv.0.0`, `${name}.conv.0.1`],
        depthwise: [`${name}.conv.${depthwise}.0`, `${name}.conv.${depthwise}.1`],
        project: [`${name}.conv.${depthwise + 1}`, `${name}.conv.${depthwise + 2}`],
      },
    }),
  )
})

const last = block(
  'features.18',
  chain(
    at('features.18.0', pointwiseConv2d(1280, { bias: false })),
    at('features.18.1', frozenBatchNorm),
    plain(relu6),
  ),
)

/**
 * MobileNetV2 of torchvision, width 1: a stem, 17 inverted residuals, a convolution by single positions.
 *
 * References:
 *   Sandler, Howard, Zhu, Zhmoginov & Chen, "MobileNetV2: inverted residuals and linear bottlenecks", CVPR 2018, table 2, https://arxiv.org/abs/1801.04381
 *   torchvision, `mobilenet_v2`, https://github.com/pytorch/vision/blob/v0.14.1/torchvision/models/mobilenetv2.py
 */
export const mobileNetV2: Architecture = plannedArchitecture('torchvision mobilenet_v2', (tensors) => ({
  body: [stem, ...residuals, last],
  head: block(
    'classifier',
    chain(
      plain(globalAveragePool),
      plain(dropout(0.2)),
      at('classifier.1', dense(rowsOf(tensors, 'classifier.1.weight'))),
    ),
  ),
  input: [224, 224, 3],
  epsilon: 1e-5,
  facts: { activation: 'ReLU6', padding: '1 on every side, as PyTorch pads', ...imageNetFacts },
}))
