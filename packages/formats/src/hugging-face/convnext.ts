import { conv2d, dense, globalAveragePool, layerNorm, type Layer } from '@ptu/layers'
import { ImportError } from '@ptu/networks'

import { convNextUnit, convNextViews, type ConvNextModules } from '../architectures/convnext-unit.ts'
import { at, block, chain, plain, type PlannedBlock, type PlannedLayer } from '../architectures/plan.ts'
import { rowsOf } from '../architectures/rows-of.ts'
import { activation, count, counts, mostLayers, positive, type Config } from './config.ts'
import { directly } from './endings.ts'
import type { FolderPlan, ModelType } from './model-type.ts'
import type { View } from '../architectures/view.ts'

/** The epsilon of the normalisations inside, which is not in the config. */
const inner = layerNorm({ epsilon: 1e-6 })

const modulesOf = (name: string, width: number, scaled: boolean): ConvNextModules => ({
  ...{ depthwise: `${name}.dwconv`, norm: `${name}.layernorm`, wide: `${name}.pwconv1`, narrow: `${name}.pwconv2` },
  ...(scaled && { scale: { name: `${name}.layer_scale_parameter`, shape: [width] } }),
})

interface Stages {
  readonly blocks: readonly PlannedBlock[]
  readonly views: readonly View[]
}

const smaller = (name: string, width: number): PlannedLayer =>
  chain(
    at(`${name}.downsampling_layer.0`, inner),
    at(`${name}.downsampling_layer.1`, conv2d(width, 2, { stride: 2, padding: 'valid' })),
  )

const stagesOf = (config: Config, prefix: string, widths: readonly number[], activate: Layer): Stages => {
  const depths = counts(config, 'depths', [3, 3, 9, 3])
  if (depths.length !== widths.length || Math.max(...depths) > mostLayers)
    throw new ImportError(`config.json: expected as many depths as hidden_sizes, each at most ${mostLayers}`)
  const scaled = (config.values['layer_scale_init_value'] ?? 1e-6) !== 0
  const units = depths.flatMap((depth, stage) =>
    Array.from({ length: depth }, (_, i) => ({ stage, i, width: widths[stage] ?? 1, at: `encoder.stages.${stage}` })),
  )
  return {
    blocks: units.map(({ stage, i, width, at: place }) => {
      const one = convNextUnit(modulesOf(`${prefix}${place}.layers.${i}`, width, scaled), width, activate)
      return block(`${place}.layers.${i}`, i === 0 && stage > 0 ? chain(smaller(`${prefix}${place}`, width), one) : one)
    }),
    views: units.flatMap(({ i, width, at: place }) =>
      convNextViews(modulesOf(`${prefix}${place}.layers.${i}`, width, scaled), width),
    ),
  }
}

/**
 * A ConvNeXt: depthwise convolutions and two maps of single positions, normalised and scaled, in stages.
 *
 * References:
 *   Liu, Mao, Wu, Feichtenhofer, Darrell & Xie, "A ConvNet for the 2020s", CVPR 2022, §2, https://arxiv.org/abs/2201.03545
 */
export const convNext: ModelType = {
  names: ['convnext'],
  prefixes: ['', 'convnext.'],
  modules: ['embeddings', 'encoder', 'layernorm'],
  classifier: {
    classes: { convnext: 'ConvNextForImageClassification' },
    prefix: 'convnext.',
    ending: directly('classifier'),
  },
  plan: ({ config, tensors }, prefix): FolderPlan => {
    const act = activation(config, 'hidden_act', 'gelu')
    const widths = counts(config, 'hidden_sizes', [96, 192, 384, 768])
    const patch = count(config, 'patch_size', 4)
    const size = count(config, 'image_size', 224, { most: 2 ** 14 })
    const epsilon = positive(config, 'layer_norm_eps', 1e-12)
    const { blocks, views } = stagesOf(config, prefix, widths, act.layer)
    const stem = conv2d(widths[0] ?? 1, patch, { stride: patch, padding: 'valid' })
    return {
      body: [
        block(
          'embeddings',
          chain(at(`${prefix}embeddings.patch_embeddings`, stem), at(`${prefix}embeddings.layernorm`, inner)),
        ),
        ...blocks,
        block('pooling', chain(plain(globalAveragePool), at(`${prefix}layernorm`, layerNorm({ epsilon })))),
      ],
      head: block('classifier', at('classifier', dense(rowsOf(tensors, 'classifier.weight')))),
      input: [size, size, count(config, 'num_channels', 3)],
      anySize: true,
      views,
      facts: {
        activation: act.name,
        'layer normalisation': `epsilon 1e-6 inside, ${epsilon.toExponential()} after pooling`,
        'stochastic depth': 'left out',
      },
    }
  },
}
