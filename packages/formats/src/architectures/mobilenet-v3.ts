import { conv2d, dense, dropout, frozenBatchNorm, globalAveragePool, hardSigmoid, hardSwish, pointwiseConv2d, relu } from '@ptu/layers' // prettier-ignore

import type { Architecture } from './architecture.ts'
import { imageNetFacts } from './facts.ts'
import { invertedResidual } from './inverted-residual.ts'
import { at, block, chain, plain, type PlannedBlock } from './plan.ts'
import { plannedArchitecture } from './planned-architecture.ts'
import { rowsOf } from './rows-of.ts'
import { squeezeExcite } from './squeeze-excite.ts'

/** An inverted residual: the size of its window, channels inside and at its end, squeeze-and-excitation, activation, stride. */
export type Row = readonly [
  size: number,
  inside: number,
  output: number,
  excites: 0 | 1,
  activation: 'RE' | 'HS',
  stride: number,
]

/** The rows of the large network. */
export const largeRows: readonly Row[] = [
  [3, 16, 16, 0, 'RE', 1],
  [3, 64, 24, 0, 'RE', 2],
  [3, 72, 24, 0, 'RE', 1],
  [5, 72, 40, 1, 'RE', 2],
  [5, 120, 40, 1, 'RE', 1],
  [5, 120, 40, 1, 'RE', 1],
  [3, 240, 80, 0, 'HS', 2],
  [3, 200, 80, 0, 'HS', 1],
  [3, 184, 80, 0, 'HS', 1],
  [3, 184, 80, 0, 'HS', 1],
  [3, 480, 112, 1, 'HS', 1],
  [3, 672, 112, 1, 'HS', 1],
  [5, 672, 160, 1, 'HS', 2],
  [5, 960, 160, 1, 'HS', 1],
  [5, 960, 160, 1, 'HS', 1],
]

/** The rows of the small network. */
export const smallRows: readonly Row[] = [
  [3, 16, 16, 1, 'RE', 2],
  [3, 72, 24, 0, 'RE', 2],
  [3, 88, 24, 0, 'RE', 1],
  [5, 96, 40, 1, 'HS', 2],
  [5, 240, 40, 1, 'HS', 1],
  [5, 240, 40, 1, 'HS', 1],
  [5, 120, 48, 1, 'HS', 1],
  [5, 144, 48, 1, 'HS', 1],
  [5, 288, 96, 1, 'HS', 2],
  [5, 576, 96, 1, 'HS', 1],
  [5, 576, 96, 1, 'HS', 1],
]

/** A quarter of the channels as a multiple of 8, the nearest that is at least 9 tenths of it. */
export const squeezedOf = (channels: number): number => {
  const wanted = Math.floor(channels / 4)
  const near = Math.max(8, Math.floor((wanted + 4) / 8) * 8)
  return near < 0.9 * wanted ? near + 8 : near
}

const unit = ([size, inside, output, excites, act, stride]: Row, input: number, name: string): PlannedBlock => {
  const first = inside === input ? 0 : 1
  const last = first + 1 + excites
  const part = (place: number): [string, string] => [`${name}.block.${place}.0`, `${name}.block.${place}.1`]
  const gates = `${name}.block.${first + 1}`
  const excite = squeezeExcite({
    ...{ channels: inside, squeezed: squeezedOf(inside), gate: hardSigmoid(1 / 6) },
    modules: [`${gates}.fc1`, `${gates}.fc2`],
  })
  return block(
    name,
    invertedResidual({
      ...{ input, output, inside, size, stride, padding: (size - 1) / 2, activation: act === 'RE' ? relu : hardSwish },
      ...(excites === 1 && { excite }),
      modules: { expand: part(0), depthwise: part(first), project: part(last) },
    }),
  )
}

const mobileNetV3 = (name: string, rows: readonly Row[], hidden: number): Architecture => {
  const units = rows.map((row, i) => unit(row, i === 0 ? 16 : (rows[i - 1]?.[2] ?? 0), `features.${i + 1}`))
  const end = `features.${rows.length + 1}`
  const body = [
    block('features.0', chain(at('features.0.0', conv2d(16, 3, { stride: 2, padding: 1, bias: false })), at('features.0.1', frozenBatchNorm), plain(hardSwish))), // prettier-ignore
    ...units,
    block(end, chain(at(`${end}.0`, pointwiseConv2d(6 * (rows.at(-1)?.[2] ?? 0), { bias: false })), at(`${end}.1`, frozenBatchNorm), plain(hardSwish))), // prettier-ignore
  ]
  return plannedArchitecture(`torchvision ${name}`, (tensors) => ({
    body,
    head: block(
      'classifier',
      chain(
        plain(globalAveragePool),
        at('classifier.0', dense(hidden)),
        plain(hardSwish),
        plain(dropout(0.2)),
        at('classifier.3', dense(rowsOf(tensors, 'classifier.3.weight'))),
      ),
    ),
    input: [224, 224, 3],
    epsilon: 1e-3,
    facts: {
      activation: 'ReLU and hard-swish, hard-sigmoid in squeeze-and-excitation',
      padding: 'half of the window on every side, as PyTorch pads',
      ...imageNetFacts,
    },
  }))
}

/**
 * MobileNetV3 of torchvision, small and large: inverted residuals, some with squeeze-and-excitation.
 *
 * References:
 *   Howard et al., "Searching for MobileNetV3", ICCV 2019, tables 1 and 2, https://arxiv.org/abs/1905.02244
 *   torchvision, `mobilenetv3`, https://github.com/pytorch/vision/blob/v0.14.1/torchvision/models/mobilenetv3.py
 */
export const mobileNetsV3: readonly Architecture[] = [
  mobileNetV3('mobilenet_v3_small', smallRows, 1024),
  mobileNetV3('mobilenet_v3_large', largeRows, 1280),
]
