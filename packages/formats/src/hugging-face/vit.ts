import {
  dense,
  firstStep,
  layerNorm,
  leadingTokens,
  patchEmbedding,
  positionEmbedding,
  timeDistributed,
  zeroPad1d,
  type Layer,
} from '@ptu/layers'
import { ImportError } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import { at, block, chain, plain, sum, type PlannedLayer } from '../architectures/plan.ts'
import { rowsOf } from '../architectures/rows-of.ts'
import { activation, count, positive, type Config } from './config.ts'
import { encoderBlocks, sizesOf, type BlockModules, type EncoderSizes } from './encoder.ts'
import type { Described, FolderPlan } from './model-type.ts'
import { gridOf, positionView, type Grid } from '../architectures/position-grid.ts'
import type { View } from '../architectures/view.ts'

/** The names and settings in which vision transformers differ. */
export interface VisionTransformer {
  readonly usual: { readonly epsilon: number; readonly patch: number; readonly activation: string }
  /** The tensors of the vectors before the patches, in their order. */
  readonly leading: readonly string[]
  /** The module of the convolution, and whether it has a bias. */
  readonly patches: { readonly module: string; readonly bias: boolean }
  readonly positions: string
  /** The axes of size 1 before the steps of positions: one, or none. */
  readonly outer: Shape
  /** The module of a normalisation before the first block, if there is one. */
  readonly before?: string
  readonly at: string
  readonly modules: BlockModules
  readonly scaled: boolean
  /** The tensor of each layer scale, without `.weight`. */
  readonly scales: (block: string) => readonly string[]
  readonly last: string
  readonly head: string
  readonly hidden: (config: Config, features: number) => number
}

/** The sizes of the patches of a vision transformer. */
interface Patches {
  readonly size: number
  readonly patch: number
  readonly channels: number
  /** The grids of patches that positions were learnt for and that is wanted. */
  readonly learnt: Grid
  readonly wanted: Grid
}

const patchesOf = ({ usual }: VisionTransformer, config: Config, input: Shape | undefined): Patches => {
  const [size, patch] = [count(config, 'image_size', 224, { most: 2 ** 14 }), count(config, 'patch_size', usual.patch)]
  if (size < patch)
    throw new ImportError(`${config.place}: expected image_size from the patch_size ${patch}, got ${size}`)
  const learnt = gridOf([size, size], patch)
  const wanted = input === undefined ? learnt : gridOf(input, patch)
  return { size, patch, channels: count(config, 'num_channels', 3), learnt, wanted }
}

const embeddings = (
  vision: VisionTransformer,
  { prefix, features, norm }: { readonly prefix: string; readonly features: number; readonly norm: Layer },
  { patch, wanted }: Patches,
): PlannedLayer => {
  const { leading, patches, before } = vision
  const place = `${prefix}embeddings`
  return chain(
    at(`${place}.${patches.module}`, patchEmbedding(features, patch, { bias: patches.bias })),
    plain(zeroPad1d([leading.length, 0])),
    sum(at(`${place}.first steps`, leadingTokens(leading.length))),
    sum(at(`${place}.positions`, positionEmbedding(leading.length + wanted[0] * wanted[1]))),
    ...(before === undefined ? [] : [at(`${prefix}${before}`, timeDistributed(norm))]),
  )
}

const viewsOf = (
  vision: VisionTransformer,
  prefix: string,
  { features, layers }: EncoderSizes,
  { learnt, wanted }: Patches,
): readonly View[] => {
  const { leading, positions, scales, outer } = vision
  const place = `${prefix}embeddings`
  const first = leading.map((name) => ({ name: `${place}.${name}`, shape: [...outer, ...outer, features].slice(-3) }))
  const steps = leading.length + learnt[0] * learnt[1]
  return [
    { name: `${place}.first steps.weight`, of: first, shape: [leading.length, features] },
    positionView({
      ...{ name: `${place}.positions.weight`, features, leading: leading.length, learnt, wanted },
      of: { name: `${place}.${positions}`, shape: [...outer, steps, features] },
    }),
    ...Array.from({ length: layers }, (_, i) => scales(`${prefix}${vision.at}.${i}`))
      .flat()
      .map((scale) => ({ name: `${scale}.weight`, of: [{ name: scale, shape: [features] }], shape: [features] })),
  ]
}

/** The plan of a vision transformer. Throws `ImportError`. */
export const plannedTransformer = (
  vision: VisionTransformer,
  config: Config,
  prefix: string,
  { tensors, input }: Described,
): FolderPlan => {
  const sizes = sizesOf(config)
  const { features } = sizes
  const patches = patchesOf(vision, config, input)
  const { size, patch, channels } = patches
  const epsilon = positive(config, 'layer_norm_eps', vision.usual.epsilon)
  const act = activation(config, 'hidden_act', vision.usual.activation)
  const hidden = vision.hidden(config, features)
  const options = { norm: 'before', hidden, activation: act.layer, epsilon, scaled: vision.scaled } as const
  const norm = layerNorm({ epsilon })
  return {
    body: [
      block('embeddings', embeddings(vision, { prefix, features, norm }, patches)),
      ...encoderBlocks(sizes, options, { prefix, at: vision.at, modules: vision.modules }),
      block('pooling', chain(plain(firstStep), at(`${prefix}${vision.last}`, norm))),
    ],
    head: block(vision.head, at(vision.head, dense(rowsOf(tensors, `${vision.head}.weight`)))),
    input: [size, size, channels],
    anySize: true,
    views: viewsOf(vision, prefix, sizes, patches),
    facts: {
      ...{ activation: act.name, 'layer normalisation': `epsilon ${epsilon.toExponential()}, before each path` },
      patches: `${patch} × ${patch} pixels; positions were learnt for ${size} × ${size} pixels${patches.learnt.join() === patches.wanted.join() ? '' : ', and are interpolated'}`, // prettier-ignore
      'image as a vector': 'its class token after the last normalisation',
      dropout: 'left out',
    },
  }
}
