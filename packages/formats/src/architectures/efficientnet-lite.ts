import { conv2d, dense, dropout, frozenBatchNorm, globalAveragePool, pointwiseConv2d, relu6 } from '@ptu/layers'

import type { Architecture } from './architecture.ts'
import { stagesOfB0 } from './efficientnet.ts'
import { invertedResidual, unrolled } from './inverted-residual.ts'
import { at, block, chain, plain } from './plan.ts'
import { plannedArchitecture } from './planned-architecture.ts'
import { rowsOf } from './rows-of.ts'

const stem = block(
  '_conv_stem',
  chain(
    at('_conv_stem', conv2d(32, 3, { stride: 2, padding: 'same', bias: false })),
    at('_bn0', frozenBatchNorm),
    plain(relu6),
  ),
)

const residuals = unrolled(stagesOfB0, 32).map((one, i) => {
  const name = `_blocks.${i}`
  return block(
    name,
    invertedResidual({
      ...one,
      padding: 'same',
      modules: {
        expand: [`${name}._expand_conv`, `${name}._bn0`],
        depthwise: [`${name}._depthwise_conv`, `${name}._bn1`],
        project: [`${name}._project_conv`, `${name}._bn2`],
      },
    }),
  )
})

const last = block(
  '_conv_head',
  chain(at('_conv_head', pointwiseConv2d(1280, { bias: false })), at('_bn1', frozenBatchNorm), plain(relu6)),
)

/**
 * EfficientNet-Lite0 as EfficientNet-Lite-PyTorch names it: EfficientNet-B0 without squeeze-and-excitation, with ReLU6
 * in place of swish. Its weights come from TensorFlow, so it pads as TensorFlow does and has TensorFlow's epsilon.
 *
 * References:
 *   Tan & Le, "EfficientNet: rethinking model scaling for convolutional neural networks", ICML 2019, table 1, https://arxiv.org/abs/1905.11946
 *   TensorFlow, "EfficientNet-Lite", `efficientnet_lite_builder.py`, https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite
 *   ML Illustrated, EfficientNet-Lite-PyTorch 0.1.0 (a package of PyPI), `model.py` and `utils.py`
 */
export const efficientNetLite0: Architecture = plannedArchitecture('EfficientNet-Lite0', (tensors) => ({
  body: [stem, ...residuals, last],
  head: block(
    '_fc',
    chain(plain(globalAveragePool), plain(dropout(0.2)), at('_fc', dense(rowsOf(tensors, '_fc.weight')))),
  ),
  input: [224, 224, 3],
  epsilon: 1e-3,
  facts: {
    activation: 'ReLU6',
    padding: "'same' as TensorFlow pads: the odd zero below and to the right",
    pixels: 'red, green, blue; (0 to 255, minus 127) / 128',
  },
}))
