import { conv2d, dense, frozenBatchNorm, globalAveragePool, maxPool, type Layer } from '@ptu/layers'
import { ImportError } from '@ptu/networks'

import { at, block, chain, plain, sum, type PlannedBlock, type PlannedLayer } from '../architectures/plan.ts'
import { rowsOf } from '../architectures/rows-of.ts'
import { activation, count, counts, flag, mostLayers, text, type Config } from './config.ts'
import { directly } from './endings.ts'
import type { FolderPlan, ModelType } from './model-type.ts'

/** A convolution padded by half of its window, and its batch normalisation. */
const normalised = (name: string, filters: number, size: number, stride: number): PlannedLayer =>
  chain(
    at(`${name}.convolution`, conv2d(filters, size, { stride, padding: (size - 1) / 2, bias: false })),
    at(`${name}.normalization`, frozenBatchNorm),
  )

interface Unit {
  readonly name: string
  readonly input: number
  readonly output: number
  readonly stride: number
  readonly activate: Layer
  /** True if the stride of a bottleneck is at its first convolution. */
  readonly early: boolean
}

const basic = ({ name, output, stride, activate }: Unit): PlannedLayer =>
  chain(normalised(`${name}.layer.0`, output, 3, stride), plain(activate), normalised(`${name}.layer.1`, output, 3, 1))

const bottleneck = ({ name, output, stride, activate, early }: Unit): PlannedLayer => {
  const inside = Math.floor(output / 4)
  return chain(
    normalised(`${name}.layer.0`, inside, 1, early ? stride : 1),
    plain(activate),
    normalised(`${name}.layer.1`, inside, 3, early ? 1 : stride),
    plain(activate),
    normalised(`${name}.layer.2`, output, 1, 1),
  )
}

const kinds = { basic, bottleneck } as const

const unitBlock = (unit: Unit, path: (unit: Unit) => PlannedLayer): PlannedLayer => {
  const keeps = unit.input === unit.output && unit.stride === 1
  const main = path(unit)
  const whole = keeps ? sum(main) : sum(main, normalised(`${unit.name}.shortcut`, unit.output, 1, unit.stride))
  return chain(whole, plain(unit.activate))
}

const stagesOf = (config: Config, prefix: string, activate: Layer): readonly PlannedBlock[] => {
  const depths = counts(config, 'depths', [3, 4, 6, 3])
  const widths = counts(config, 'hidden_sizes', [256, 512, 1024, 2048])
  if (depths.length !== widths.length || Math.max(...depths) > mostLayers)
    throw new ImportError(`config.json: expected as many depths as hidden_sizes, each at most ${mostLayers}`)
  const path = kinds[text(config, 'layer_type', 'bottleneck', ['basic', 'bottleneck'])]
  const early = flag(config, 'downsample_in_bottleneck', false)
  const first = flag(config, 'downsample_in_first_stage', false) ? 2 : 1
  let input = count(config, 'embedding_size', 64)
  return depths.flatMap((depth, stage) =>
    Array.from({ length: depth }, (_, i) => {
      const output = widths[stage] ?? 1
      const stride = i > 0 ? 1 : stage === 0 ? first : 2
      const name = `encoder.stages.${stage}.layers.${i}`
      const unit = { name: `${prefix}${name}`, input, output, stride, activate, early }
      input = output
      return block(name, unitBlock(unit, path))
    }),
  )
}

/**
 * A ResNet of transformers: a stem with pooling, basic units or bottlenecks in stages.
 *
 * References:
 *   He, Zhang, Ren & Sun, "Deep residual learning for image recognition", CVPR 2016, table 1, https://arxiv.org/abs/1512.03385
 */
export const resNet: ModelType = {
  names: ['resnet'],
  prefixes: ['', 'resnet.'],
  modules: ['embedder', 'encoder'],
  classifier: {
    classes: { resnet: 'ResNetForImageClassification' },
    prefix: 'resnet.',
    ending: directly('classifier.1'),
  },
  plan: ({ config, tensors }, prefix): FolderPlan => {
    const act = activation(config, 'hidden_act', 'relu')
    const stem = normalised(`${prefix}embedder.embedder`, count(config, 'embedding_size', 64), 7, 2)
    return {
      body: [
        block('embedder', chain(stem, plain(act.layer), plain(maxPool(3, { stride: 2, padding: 1 })))),
        ...stagesOf(config, prefix, act.layer),
      ],
      head: block(
        'classifier',
        chain(plain(globalAveragePool), at('classifier.1', dense(rowsOf(tensors, 'classifier.1.weight')))),
      ),
      input: [224, 224, count(config, 'num_channels', 3)],
      anySize: true,
      epsilon: 1e-5,
      facts: { activation: act.name, padding: 'half of the window on every side, as PyTorch pads' },
    }
  },
}
