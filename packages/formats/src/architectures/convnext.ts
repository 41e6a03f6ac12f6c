import { conv2d, dense, gelu, globalAveragePool, layerNorm } from '@ptu/layers'

import type { Architecture } from './architecture.ts'
import { convNextUnit, convNextViews, type ConvNextModules } from './convnext-unit.ts'
import { imageNetFacts } from './facts.ts'
import { at, block, chain, plain } from './plan.ts'
import { plannedArchitecture } from './planned-architecture.ts'
import { rowsOf } from './rows-of.ts'

const norm = layerNorm({ epsilon: 1e-6 })

const modulesOf = (name: string, width: number): ConvNextModules => ({
  ...{ depthwise: `${name}.block.0`, norm: `${name}.block.2`, wide: `${name}.block.3`, narrow: `${name}.block.5` },
  scale: { name: `${name}.layer_scale`, shape: [width, 1, 1] },
})

const facts = {
  ...{ activation: 'GELU', 'layer normalisation': 'epsilon 1e-6', 'stochastic depth': 'left out' },
  ...imageNetFacts,
}

const convNext = (name: string, widths: readonly number[], depths: readonly number[]): Architecture => {
  const units = depths.flatMap((depth, stage) =>
    Array.from({ length: depth }, (_, i) => {
      const [width, place] = [widths[stage] ?? 1, `features.${2 * stage + 1}.${i}`]
      return {
        width,
        place,
        modules: modulesOf(place, width),
        starts: stage > 0 && i === 0,
        before: `features.${2 * stage}`,
      }
    }),
  )
  const smaller = (before: string, width: number) =>
    chain(at(`${before}.0`, norm), at(`${before}.1`, conv2d(width, 2, { stride: 2, padding: 'valid' })))
  const body = [
    block('features.0', chain(at('features.0.0', conv2d(widths[0] ?? 1, 4, { stride: 4, padding: 'valid' })), at('features.0.1', norm))), // prettier-ignore
    ...units.map(({ width, place, modules, starts, before }) => {
      const unit = convNextUnit(modules, width, gelu)
      return block(place, starts ? chain(smaller(before, width), unit) : unit)
    }),
  ]
  const views = units.flatMap(({ modules, width }) => convNextViews(modules, width))
  return plannedArchitecture(`torchvision ${name}`, (tensors) => ({
    ...{ body, views, input: [224, 224, 3], epsilon: 1e-6 },
    head: block(
      'classifier',
      chain(
        plain(globalAveragePool),
        at('classifier.0', norm),
        at('classifier.2', dense(rowsOf(tensors, 'classifier.2.weight'))),
      ),
    ),
    facts,
  }))
}

/**
 * The ConvNeXts of torchvision.
 *
 * References:
 *   Liu, Mao, Wu, Feichtenhofer, Darrell & Xie, "A ConvNet for the 2020s", CVPR 2022, §2, https://arxiv.org/abs/2201.03545
 *   torchvision, `convnext`, https://github.com/pytorch/vision/blob/v0.14.1/torchvision/models/convnext.py
 */
export const convNexts: readonly Architecture[] = [
  convNext('convnext_tiny', [96, 192, 384, 768], [3, 3, 9, 3]),
  convNext('convnext_small', [96, 192, 384, 768], [3, 3, 27, 3]),
  convNext('convnext_base', [128, 256, 512, 1024], [3, 3, 27, 3]),
  convNext('convnext_large', [192, 384, 768, 1536], [3, 3, 27, 3]),
]
