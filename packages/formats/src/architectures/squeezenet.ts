import { conv2d, dropout, globalAveragePool, maxPool, pointwiseConv2d, relu } from '@ptu/layers'

import type { Architecture } from './architecture.ts'
import { imageNetFacts } from './facts.ts'
import { at, block, chain, join, plain, type PlannedBlock, type PlannedLayer } from './plan.ts'
import { plannedArchitecture } from './planned-architecture.ts'
import { rowsOf } from './rows-of.ts'

/** Windows of 3 at every other position. A last window that is not whole counts, as with PyTorch's `ceil_mode`. */
const pool = plain(
  maxPool(3, {
    stride: 2,
    padding: [
      [0, 1],
      [0, 1],
    ],
  }),
)

const fire = (name: string, squeezed: number, expanded: number): PlannedLayer =>
  chain(
    at(`${name}.squeeze`, pointwiseConv2d(squeezed)),
    plain(relu),
    join(
      chain(at(`${name}.expand1x1`, pointwiseConv2d(expanded)), plain(relu)),
      chain(at(`${name}.expand3x3`, conv2d(expanded, 3, { padding: 1 })), plain(relu)),
    ),
  )

const squeezed = [16, 16, 32, 32, 48, 48, 64, 64] as const

/** Fire modules. Some are followed by a pooling, which takes a number of its own. */
const fires = (poolAfter: readonly number[]): readonly PlannedBlock[] => {
  let module = 3
  return squeezed.map((size, i) => {
    const name = `features.${module}`
    module += poolAfter.includes(i) ? 2 : 1
    return block(name, poolAfter.includes(i) ? chain(fire(name, size, size * 4), pool) : fire(name, size, size * 4))
  })
}

const squeezeNet = (name: string, stem: PlannedLayer, poolAfter: readonly number[]): Architecture => {
  const body = [block('features.0', chain(stem, plain(relu), pool)), ...fires(poolAfter)]
  return plannedArchitecture(`torchvision ${name}`, (tensors) => ({
    body,
    head: block(
      'classifier',
      chain(
        plain(dropout(0.5)),
        at('classifier.1', pointwiseConv2d(rowsOf(tensors, 'classifier.1.weight'))),
        plain(relu),
        plain(globalAveragePool),
      ),
    ),
    input: [224, 224, 3],
    epsilon: 1e-5,
    facts: {
      activation: 'ReLU',
      padding: '1 on every side of 3 × 3, none of the stem; poolings count a last window that is not whole',
      ...imageNetFacts,
    },
  }))
}

/**
 * The SqueezeNets of torchvision, 1.0 and 1.1, which differ in the stem and in the places of pooling.
 *
 * References:
 *   Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and \<0.5MB model size", 2016, §3, https://arxiv.org/abs/1602.07360
 *   torchvision, `squeezenet`, https://github.com/pytorch/vision/blob/v0.14.1/torchvision/models/squeezenet.py
 */
export const squeezeNets: readonly Architecture[] = [
  squeezeNet('squeezenet1_0', at('features.0', conv2d(96, 7, { stride: 2, padding: 'valid' })), [2, 6]),
  squeezeNet('squeezenet1_1', at('features.0', conv2d(64, 3, { stride: 2, padding: 'valid' })), [1, 3]),
]
