import { conv2d, dense, dropout, flatten, maxPool, relu } from '@ptu/layers'

import type { Architecture } from './architecture.ts'
import { imageNetFacts } from './facts.ts'
import { at, block, chain, plain } from './plan.ts'
import { plannedArchitecture } from './planned-architecture.ts'
import { rowsOf } from './rows-of.ts'

const pool = plain(maxPool(3, { stride: 2 }))

const body = [
  block('features.0', chain(at('features.0', conv2d(64, 11, { stride: 4, padding: 2 })), plain(relu), pool)),
  block('features.3', chain(at('features.3', conv2d(192, 5, { padding: 2 })), plain(relu), pool)),
  block('features.6', chain(at('features.6', conv2d(384, 3, { padding: 1 })), plain(relu))),
  block('features.8', chain(at('features.8', conv2d(256, 3, { padding: 1 })), plain(relu))),
  block('features.10', chain(at('features.10', conv2d(256, 3, { padding: 1 })), plain(relu), pool)),
]

/**
 * AlexNet of torchvision. Its classifier reads a map of 6 × 6, so it is left out for images of another size than 224 ×
 * 224.
 *
 * References:
 *   Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014, §5, https://arxiv.org/abs/1404.5997
 *   torchvision, `alexnet`, https://github.com/pytorch/vision/blob/v0.14.1/torchvision/models/alexnet.py
 */
export const alexNet: Architecture = plannedArchitecture('torchvision alexnet', (tensors) => ({
  body,
  head: block(
    'classifier',
    chain(
      plain(flatten),
      plain(dropout(0.5)),
      at('classifier.1', dense(4096)),
      plain(relu),
      plain(dropout(0.5)),
      at('classifier.4', dense(4096)),
      plain(relu),
      at('classifier.6', dense(rowsOf(tensors, 'classifier.6.weight'))),
    ),
  ),
  headInput: [6, 6, 256],
  input: [224, 224, 3],
  epsilon: 1e-5,
  facts: { activation: 'ReLU', padding: '2, 2, 1, 1 and 1 on every side, as PyTorch pads', ...imageNetFacts },
}))
