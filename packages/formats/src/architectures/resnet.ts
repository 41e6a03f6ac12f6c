import { conv2d, dense, frozenBatchNorm, globalAveragePool, maxPool, relu, type Layer } from '@ptu/layers'

import type { Architecture } from './architecture.ts'
import { imageNetFacts } from './facts.ts'
import { at, block, chain, plain, sum, type PlannedBlock, type PlannedLayer } from './plan.ts'
import { plannedArchitecture } from './planned-architecture.ts'
import { rowsOf } from './rows-of.ts'

/** The residual units of one ResNet. */
interface Units {
  /** The number of units in each of the four stages. */
  readonly repeats: readonly number[]
  /** The factor from the channels inside a unit to those at its end: 1 for a basic unit, 4 for a bottleneck. */
  readonly expansion: 1 | 4
  /** The channels inside a unit as a factor of those of a ResNet, and the groups of its middle convolution; default 1. */
  readonly inside?: number
  readonly groups?: number
}

const widths = [64, 128, 256, 512] as const

const normalised = (convolution: string, norm: string, layer: Layer): PlannedLayer =>
  chain(at(convolution, layer), at(norm, frozenBatchNorm))

const convolution = (filters: number, size: number, stride = 1, groups = 1): Layer =>
  conv2d(filters, size, { stride, padding: (size - 1) / 2, bias: false, groups })

const basic = (name: string, width: number, stride: number): readonly PlannedLayer[] => [
  normalised(`${name}.conv1`, `${name}.bn1`, convolution(width, 3, stride)),
  plain(relu),
  normalised(`${name}.conv2`, `${name}.bn2`, convolution(width, 3)),
]

/** The stride is at the 3 × 3 convolution, as in torchvision, not at the first as in the paper. */
const bottleneck = (
  name: string,
  width: number,
  stride: number,
  { inside = 1, groups }: Units,
): readonly PlannedLayer[] => [
  normalised(`${name}.conv1`, `${name}.bn1`, convolution(width * inside, 1)),
  plain(relu),
  normalised(`${name}.conv2`, `${name}.bn2`, convolution(width * inside, 3, stride, groups)),
  plain(relu),
  normalised(`${name}.conv3`, `${name}.bn3`, convolution(width * 4, 1)),
]

const residuals = (units: Units): readonly PlannedBlock[] => {
  const { repeats, expansion } = units
  let channels = 64
  return repeats.flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => {
      const name = `layer${stage + 1}.${i}`
      const width = widths[stage] ?? 0
      const output = width * expansion
      const stride = i === 0 && stage > 0 ? 2 : 1
      const main = chain(...(expansion === 1 ? basic : bottleneck)(name, width, stride, units))
      const keeps = stride === 1 && channels === output
      channels = output
      const shortcut = normalised(`${name}.downsample.0`, `${name}.downsample.1`, convolution(output, 1, stride))
      return block(name, chain(keeps ? sum(main) : sum(main, shortcut), plain(relu)))
    }),
  )
}

const stem = block(
  'conv1',
  chain(normalised('conv1', 'bn1', convolution(64, 7, 2)), plain(relu), plain(maxPool(3, { stride: 2, padding: 1 }))),
)

/** The networks of timm that have the tensors of a ResNet, and smooth maps where it takes every other place. */
const smoothing: Readonly<Record<string, string>> = {
  resnet18: 'resnetblur18',
  resnet50: 'resnetaa50 and resnetblur50',
}

const besides = (name: string): string =>
  smoothing[name] === undefined
    ? ''
    : `; files of timm's ${smoothing[name]} have the same tensors, but smooth a map before they take every other place of it: they are not this network`

/**
 * A ResNet of torchvision: a stem with pooling, residual units in four stages.
 *
 * References:
 *   He, Zhang, Ren & Sun, "Deep residual learning for image recognition", CVPR 2016, table 1, https://arxiv.org/abs/1512.03385
 *   Xie, Girshick, Dollár, Tu & He, "Aggregated residual transformations for deep neural networks", CVPR 2017, https://arxiv.org/abs/1611.05431
 *   Zagoruyko & Komodakis, "Wide residual networks", BMVC 2016, https://arxiv.org/abs/1605.07146
 *   torchvision, `resnet`, https://github.com/pytorch/vision/blob/v0.14.1/torchvision/models/resnet.py
 */
const resnet = (name: string, units: Units): Architecture => {
  const body = [stem, ...residuals(units)]
  return plannedArchitecture(`torchvision ${name}`, (tensors) => ({
    body,
    head: block('fc', chain(plain(globalAveragePool), at('fc', dense(rowsOf(tensors, 'fc.weight'))))),
    input: [224, 224, 3],
    epsilon: 1e-5,
    facts: {
      activation: 'ReLU',
      padding: `half of the window on every side, as PyTorch pads${besides(name)}`,
      ...imageNetFacts,
    },
  }))
}

/** The ResNets, ResNeXts and wide ResNets of torchvision that are known. */
export const resnets: readonly Architecture[] = [
  resnet('resnet18', { repeats: [2, 2, 2, 2], expansion: 1 }),
  resnet('resnet34', { repeats: [3, 4, 6, 3], expansion: 1 }),
  resnet('resnet50', { repeats: [3, 4, 6, 3], expansion: 4 }),
  resnet('resnet101', { repeats: [3, 4, 23, 3], expansion: 4 }),
  resnet('resnet152', { repeats: [3, 8, 36, 3], expansion: 4 }),
  resnet('resnext50_32x4d', { repeats: [3, 4, 6, 3], expansion: 4, inside: 2, groups: 32 }),
  resnet('resnext101_32x8d', { repeats: [3, 4, 23, 3], expansion: 4, inside: 4, groups: 32 }),
  resnet('resnext101_64x4d', { repeats: [3, 4, 23, 3], expansion: 4, inside: 4, groups: 64 }),
  resnet('wide_resnet50_2', { repeats: [3, 4, 6, 3], expansion: 4, inside: 2 }),
  resnet('wide_resnet101_2', { repeats: [3, 4, 23, 3], expansion: 4, inside: 2 }),
]
