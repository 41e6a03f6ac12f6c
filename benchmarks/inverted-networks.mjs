/** Networks of inverted residual blocks with random weights, normalisations folded, and the same as data for targets.py. */
import { key, split } from '@ptu/core'
import { conv2d, depthwiseConv2d, relu6, residual, serial } from '@ptu/layers'
import { freeze, initBody } from '@ptu/networks'

/** Sandler et al., "MobileNetV2", CVPR 2018, table 2; expansion, outputs, blocks, stride and size of the window. */
const mobileNetV2 = [
  [1, 16, 1, 1, 3],
  [6, 24, 2, 2, 3],
  [6, 32, 3, 2, 3],
  [6, 64, 4, 2, 3],
  [6, 96, 3, 1, 3],
  [6, 160, 3, 2, 3],
  [6, 320, 1, 1, 3],
]

/** Tan and Le, "EfficientNet", ICML 2019, table 1, without squeeze-and-excitation. */
const efficientNetLite0 = [
  [1, 16, 1, 1, 3],
  [6, 24, 2, 2, 3],
  [6, 40, 2, 2, 5],
  [6, 80, 3, 2, 3],
  [6, 112, 3, 1, 5],
  [6, 192, 4, 2, 5],
  [6, 320, 1, 1, 3],
]

/** Stages, side of the images, and how many of the last blocks are trained. */
export const networks = {
  'MobileNetV2 96': [mobileNetV2, 96, [2, 4]],
  'MobileNetV2 224': [mobileNetV2, 224, [2, 4]],
  'EfficientNet-Lite0 224': [efficientNetLite0, 224, []],
}

const inverted = (inputs, [expand, outputs, , , size], stride) => {
  const wide = inputs * expand
  const path = serial(
    ...(expand > 1 ? [conv2d(wide, 1), relu6] : []),
    depthwiseConv2d(size, { stride, padding: (size - 1) / 2 }),
    relu6,
    conv2d(outputs, 1),
  )
  return stride === 1 && inputs === outputs ? residual(path) : path
}

/** The stem, the residual blocks and the last convolution as a frozen source. */
export const invertedNetwork = (stages, side) => {
  const shapes = stages.flatMap((stage) => Array.from({ length: stage[2] }, (_, i) => [stage, i === 0 ? stage[3] : 1]))
  const inputs = [32, ...shapes.map(([stage]) => stage[1])]
  const blocks = [
    { name: 'stem', layer: serial(conv2d(32, 3, { stride: 2, padding: 1 }), relu6) },
    ...shapes.map(([stage, stride], i) => ({ name: `block ${i}`, layer: inverted(inputs[i], stage, stride) })),
    { name: 'last', layer: serial(conv2d(1280, 1), relu6) },
  ]
  return freeze(blocks, initBody(blocks, split(key(1), 2)[0], [side, side, 3]))
}
