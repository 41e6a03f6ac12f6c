import { averagePool, concatenate, conv2d, dense, frozenBatchNorm, globalAveragePool, identity, maxPool, pointwiseConv2d, relu } from '@ptu/layers' // prettier-ignore

import type { Architecture } from './architecture.ts'
import { imageNetFacts } from './facts.ts'
import { at, block, chain, plain, type PlannedBlock, type PlannedLayer } from './plan.ts'
import { plannedArchitecture } from './planned-architecture.ts'
import { rowsOf } from './rows-of.ts'

/** The sizes of a DenseNet. */
interface Sizes {
  /** The channels that each layer adds. */
  readonly growth: number
  readonly first: number
  readonly repeats: readonly number[]
}

/** Names of the parts of a layer: torchvision calls the second normalisation `norm2`, its files of before 2018 `norm.2`. */
type Naming = (part: 'conv' | 'norm', place: 1 | 2) => string

/** Normalises, narrows and convolves, and adds the result to the channels of its input. */
const denseLayer = (name: string, growth: number, naming: Naming): PlannedLayer => {
  const path = chain(
    at(`${name}.${naming('norm', 1)}`, frozenBatchNorm),
    plain(relu),
    at(`${name}.${naming('conv', 1)}`, pointwiseConv2d(4 * growth, { bias: false })),
    at(`${name}.${naming('norm', 2)}`, frozenBatchNorm),
    plain(relu),
    at(`${name}.${naming('conv', 2)}`, conv2d(growth, 3, { padding: 1, bias: false })),
  )
  return { layer: concatenate(identity, path.layer), modules: path.modules }
}

/** Half of the channels at every other position. */
const transition = (name: string, channels: number): PlannedBlock =>
  block(
    name,
    chain(
      at(`features.${name}.norm`, frozenBatchNorm),
      plain(relu),
      at(`features.${name}.conv`, pointwiseConv2d(channels / 2, { bias: false })),
      plain(averagePool(2)),
    ),
  )

const stages = ({ growth, first, repeats }: Sizes, naming: Naming): readonly PlannedBlock[] => {
  let channels = first
  return repeats.flatMap((count, stage) => {
    const name = `denseblock${stage + 1}`
    const layers = Array.from({ length: count }, (_, i) => `${name}.denselayer${i + 1}`).map((one) =>
      block(one, denseLayer(`features.${one}`, growth, naming)),
    )
    channels += count * growth
    if (stage === repeats.length - 1) return layers
    const smaller = transition(`transition${stage + 1}`, channels)
    channels /= 2
    return [...layers, smaller]
  })
}

const denseNet = (name: string, sizes: Sizes, naming: Naming): Architecture => {
  const stem = chain(
    at('features.conv0', conv2d(sizes.first, 7, { stride: 2, padding: 3, bias: false })),
    at('features.norm0', frozenBatchNorm),
    plain(relu),
    plain(maxPool(3, { stride: 2, padding: 1 })),
  )
  const body = [
    block('conv0', stem),
    ...stages(sizes, naming),
    block('norm5', chain(at('features.norm5', frozenBatchNorm), plain(relu))),
  ]
  return plannedArchitecture(name, (tensors) => ({
    body,
    head: block(
      'classifier',
      chain(plain(globalAveragePool), at('classifier', dense(rowsOf(tensors, 'classifier.weight')))),
    ),
    input: [224, 224, 3],
    epsilon: 1e-5,
    facts: {
      activation: 'ReLU, after the normalisation and before each convolution',
      padding: 'half of the window on every side, as PyTorch pads',
      ...imageNetFacts,
    },
  }))
}

const known: Readonly<Record<string, Sizes>> = {
  densenet121: { growth: 32, first: 64, repeats: [6, 12, 24, 16] },
  densenet161: { growth: 48, first: 96, repeats: [6, 12, 36, 24] },
  densenet169: { growth: 32, first: 64, repeats: [6, 12, 32, 32] },
  densenet201: { growth: 32, first: 64, repeats: [6, 12, 48, 32] },
}

/**
 * The DenseNets of torchvision, and the same with the names that the files of its first weights have.
 *
 * References:
 *   Huang, Liu, van der Maaten & Weinberger, "Densely connected convolutional networks", CVPR 2017, table 1, https://arxiv.org/abs/1608.06993
 *   torchvision, `densenet`, https://github.com/pytorch/vision/blob/v0.14.1/torchvision/models/densenet.py
 */
export const denseNets: readonly Architecture[] = Object.entries(known).flatMap(([name, sizes]) => [
  denseNet(`torchvision ${name}`, sizes, (part, place) => `${part}${place}`),
  denseNet(`torchvision ${name} by its first names`, sizes, (part, place) => `${part}.${place}`),
])
