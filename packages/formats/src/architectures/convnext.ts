import { conv2d, dense, gelu, globalAveragePool, layerNorm } from '@ptu/layers'

import type { Architecture } from './architecture.ts'
import { convNextUnit, convNextViews, type ConvNextModules } from './convnext-unit.ts'
import { imageNetFacts } from './facts.ts'
import { at, block, chain, plain } from './plan.ts'
import { plannedArchitecture } from './planned-architecture.ts'
import { rowsOf } from './rows-of.ts'

const norm = layerNorm({ epsilon: 1e-6 })

/** The modules of a library's ConvNeXts. */
interface Naming {
  readonly library: string
  readonly stem: readonly [convolution: string, norm: string]
  /** The normalisation and the convolution before a stage. */
  readonly smaller: (stage: number) => readonly [norm: string, convolution: string]
  readonly place: (stage: number, unit: number) => string
  readonly modules: (place: string, width: number) => ConvNextModules
  readonly head: readonly [norm: string, classifier: string]
}

const torchvision: Naming = {
  library: 'torchvision',
  stem: ['features.0.1', 'features.0.0'],
  smaller: (stage) => [`features.${2 * stage}.0`, `features.${2 * stage}.1`],
  place: (stage, unit) => `features.${2 * stage + 1}.${unit}`,
  modules: (name, width) => ({
    ...{ depthwise: `${name}.block.0`, norm: `${name}.block.2`, wide: `${name}.block.3`, narrow: `${name}.block.5` },
    scale: { name: `${name}.layer_scale`, shape: [width, 1, 1] },
  }),
  head: ['classifier.0', 'classifier.2'],
}

const timm: Naming = {
  library: 'timm',
  stem: ['stem.1', 'stem.0'],
  smaller: (stage) => [`stages.${stage}.downsample.0`, `stages.${stage}.downsample.1`],
  place: (stage, unit) => `stages.${stage}.blocks.${unit}`,
  modules: (name, width) => ({
    ...{ depthwise: `${name}.conv_dw`, norm: `${name}.norm`, wide: `${name}.mlp.fc1`, narrow: `${name}.mlp.fc2` },
    scale: { name: `${name}.gamma`, shape: [width] },
  }),
  head: ['head.norm', 'head.fc'],
}

const facts = {
  ...{ activation: 'GELU', 'layer normalisation': 'epsilon 1e-6', 'stochastic depth': 'left out' },
  ...imageNetFacts,
}

const convNext = (naming: Naming, name: string, widths: readonly number[], depths: readonly number[]): Architecture => {
  const units = depths.flatMap((depth, stage) =>
    Array.from({ length: depth }, (_, i) => {
      const [width, place] = [widths[stage] ?? 1, naming.place(stage, i)]
      return { width, place, stage, modules: naming.modules(place, width), starts: stage > 0 && i === 0 }
    }),
  )
  const smaller = (stage: number, width: number) => {
    const [before, convolution] = naming.smaller(stage)
    return chain(at(before, norm), at(convolution, conv2d(width, 2, { stride: 2, padding: 'valid' })))
  }
  const [stemNorm, stem] = naming.stem
  const [last, classifier] = naming.head
  const body = [
    block(stem.replace(/\.0$/, ''), chain(at(stem, conv2d(widths[0] ?? 1, 4, { stride: 4, padding: 'valid' })), at(stemNorm, norm))), // prettier-ignore
    ...units.map(({ width, place, stage, modules, starts }) => {
      const unit = convNextUnit(modules, width, gelu)
      return block(place, starts ? chain(smaller(stage, width), unit) : unit)
    }),
  ]
  const views = units.flatMap(({ modules, width }) => convNextViews(modules, width))
  return plannedArchitecture(`${naming.library} ${name}`, (tensors) => ({
    ...{ body, views, input: [224, 224, 3], epsilon: 1e-6 },
    head: block(
      'classifier',
      chain(plain(globalAveragePool), at(last, norm), at(classifier, dense(rowsOf(tensors, `${classifier}.weight`)))),
    ),
    facts,
  }))
}

const sizes = [
  ['convnext_tiny', [96, 192, 384, 768], [3, 3, 9, 3]],
  ['convnext_small', [96, 192, 384, 768], [3, 3, 27, 3]],
  ['convnext_base', [128, 256, 512, 1024], [3, 3, 27, 3]],
  ['convnext_large', [192, 384, 768, 1536], [3, 3, 27, 3]],
] as const

/**
 * The ConvNeXts of torchvision and of timm.
 *
 * References:
 *   Liu, Mao, Wu, Feichtenhofer, Darrell & Xie, "A ConvNet for the 2020s", CVPR 2022, §2, https://arxiv.org/abs/2201.03545
 *   torchvision, `convnext`, https://github.com/pytorch/vision/blob/v0.14.1/torchvision/models/convnext.py
 *   Wightman, timm, `convnext`, https://github.com/huggingface/pytorch-image-models
 */
export const convNexts: readonly Architecture[] = [torchvision, timm].flatMap((naming) =>
  sizes.map(([name, widths, depths]) => convNext(naming, name, widths, depths)),
)
