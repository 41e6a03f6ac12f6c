import { conv2d, dense, dropout, flatten, frozenBatchNorm, maxPool, relu } from '@ptu/layers'

import type { Architecture } from './architecture.ts'
import { imageNetFacts } from './facts.ts'
import { at, block, chain, plain, type PlannedBlock } from './plan.ts'
import { plannedArchitecture } from './planned-architecture.ts'
import { rowsOf } from './rows-of.ts'

const widths = [64, 128, 256, 512, 512] as const

/**
 * Stages of convolutions that end in a pooling. Modules are numbered consecutively, activations and poolings included.
 */
const stages = (repeats: readonly number[], norm: boolean): readonly PlannedBlock[] => {
  let module = 0
  return repeats.map((count, stage) => {
    const name = `features.${module}`
    const units = Array.from({ length: count }, () => {
      const convolution = at(`features.${module}`, conv2d(widths[stage] ?? 0, 3, { padding: 1 }))
      const normalisation = norm ? [at(`features.${module + 1}`, frozenBatchNorm)] : []
      module += norm ? 3 : 2
      return chain(convolution, ...normalisation, plain(relu))
    })
    module += 1
    return block(name, chain(...units, plain(maxPool(2))))
  })
}

/**
 * A VGG of torchvision, with batch normalisation or without: five stages of 3 × 3 convolutions that end in a pooling.
 *
 * Its classifier reads a map of 7 × 7. For images of another size than 224 × 224 torchvision makes such a map by
 * adaptive pooling; here the classifier is then left out.
 *
 * References:
 *   Simonyan & Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015, table 1, https://arxiv.org/abs/1409.1556
 *   torchvision, `vgg`, https://github.com/pytorch/vision/blob/v0.14.1/torchvision/models/vgg.py
 */
const vgg = (name: string, repeats: readonly number[], norm: boolean): Architecture => {
  const body = stages(repeats, norm)
  return plannedArchitecture(`torchvision ${name}`, (tensors) => ({
    body,
    head: block(
      'classifier',
      chain(
        plain(flatten),
        at('classifier.0', dense(4096)),
        plain(relu),
        plain(dropout(0.5)),
        at('classifier.3', dense(4096)),
        plain(relu),
        plain(dropout(0.5)),
        at('classifier.6', dense(rowsOf(tensors, 'classifier.6.weight'))),
      ),
    ),
    headInput: [7, 7, 512],
    input: [224, 224, 3],
    epsilon: 1e-5,
    facts: { activation: 'ReLU', padding: '1 on every side, as PyTorch pads', ...imageNetFacts },
  }))
}

const depths: Readonly<Record<string, readonly number[]>> = {
  vgg11: [1, 1, 2, 2, 2],
  vgg13: [2, 2, 2, 2, 2],
  vgg16: [2, 2, 3, 3, 3],
  vgg19: [2, 2, 4, 4, 4],
}

/** The VGGs of torchvision. */
export const vggs: readonly Architecture[] = Object.entries(depths).flatMap(([name, repeats]) => [
  vgg(name, repeats, false),
  vgg(`${name}_bn`, repeats, true),
])
