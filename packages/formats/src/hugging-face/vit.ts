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
import { activation, count, flag, innerConfig, positive, type Config } from './config.ts'
import { encoderBlocks, sizesOf, type BlockModules, type EncoderSizes } from './encoder.ts'
import type { Described, FolderPlan, ModelType } from './model-type.ts'
import { gridOf, positionView, type Grid } from '../architectures/position-grid.ts'
import type { View } from '../architectures/view.ts'

/** The names and settings in which vision transformers differ. */
interface VisionTransformer {
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

const planned = (
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

const attentionOf = (name: string): readonly string[] =>
  ['attention.query', 'attention.key', 'attention.value', 'output.dense'].map((part) => `${name}.attention.${part}`)

const plainViT = {
  usual: { epsilon: 1e-12, patch: 16, activation: 'gelu' },
  patches: { module: 'patch_embeddings.projection', bias: true },
  positions: 'position_embeddings',
  outer: [1],
  at: 'encoder.layer',
  modules: (name) => [`${name}.layernorm_before`, ...attentionOf(name), `${name}.layernorm_after`, `${name}.intermediate.dense`, `${name}.output.dense`], // prettier-ignore
  scaled: false,
  scales: () => [],
  last: 'layernorm',
  head: 'classifier',
  hidden: (config) => count(config, 'intermediate_size', 3072),
} as const satisfies Omit<VisionTransformer, 'leading'>

const viT: VisionTransformer = { ...plainViT, leading: ['cls_token'] }
const deiT: VisionTransformer = { ...plainViT, leading: ['cls_token', 'distillation_token'] }

const dinoV2: VisionTransformer = {
  ...plainViT,
  usual: { epsilon: 1e-6, patch: 14, activation: 'gelu' },
  leading: ['cls_token'],
  modules: (name) => [`${name}.norm1`, ...attentionOf(name), `${name}.layer_scale1.lambda1`, `${name}.norm2`, `${name}.mlp.fc1`, `${name}.mlp.fc2`, `${name}.layer_scale2.lambda1`], // prettier-ignore
  scaled: true,
  scales: (name) => [`${name}.layer_scale1.lambda1`, `${name}.layer_scale2.lambda1`],
  // the classifier of DINOv2 reads the mean of the patches too, which the pooled vector leaves out
  head: 'none',
  hidden: (config, features) => {
    if (flag(config, 'use_swiglu_ffn', false))
      throw new ImportError(
        `${config.place}: expected use_swiglu_ffn to be false, the gated layers of the largest DINOv2 are not known`,
      )
    return features * count(config, 'mlp_ratio', 4)
  },
}

const clip: VisionTransformer = {
  ...plainViT,
  usual: { epsilon: 1e-5, patch: 32, activation: 'quick_gelu' },
  leading: ['class_embedding'],
  patches: { module: 'patch_embedding', bias: false },
  positions: 'position_embedding.weight',
  outer: [],
  before: 'pre_layrnorm',
  at: 'encoder.layers',
  modules: (name) => [
    `${name}.layer_norm1`,
    ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].map((part) => `${name}.self_attn.${part}`),
    `${name}.layer_norm2`,
    ...['fc1', 'fc2'].map((part) => `${name}.mlp.${part}`),
  ],
  last: 'post_layernorm',
  head: 'visual_projection',
}

/**
 * Vision transformers: ViT, DeiT, DINOv2 and the image tower of CLIP. The pooled vector is the normalised state of the class token.
 *
 * References:
 *   Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021, https://arxiv.org/abs/2010.11929
 *   Touvron et al., "Training data-efficient image transformers", ICML 2021, §4, https://arxiv.org/abs/2012.12877
 *   Oquab et al., "DINOv2: learning robust visual features without supervision", 2023, https://arxiv.org/abs/2304.07193
 *   Radford et al., "Learning transferable visual models from natural language supervision", ICML 2021, §2.4, https://arxiv.org/abs/2103.00020
 */
export const visionTransformers: readonly ModelType[] = [
  { names: ['vit'], prefixes: ['', 'vit.'], modules: ['embeddings', 'encoder', 'layernorm'], plan: (one, prefix) => planned(viT, one.config, prefix, one) }, // prettier-ignore
  { names: ['deit'], prefixes: ['', 'deit.'], modules: ['embeddings', 'encoder', 'layernorm'], plan: (one, prefix) => planned(deiT, one.config, prefix, one) }, // prettier-ignore
  { names: ['dinov2'], prefixes: ['', 'dinov2.'], modules: ['embeddings', 'encoder', 'layernorm'], plan: (one, prefix) => planned(dinoV2, one.config, prefix, one) }, // prettier-ignore
  {
    names: ['clip', 'clip_vision_model'],
    prefixes: ['vision_model.', ''],
    modules: ['embeddings', 'encoder', 'pre_layrnorm', 'post_layernorm'],
    plan: (one, prefix) => {
      const inner = one.config.values['model_type'] === 'clip' ? innerConfig(one.config, 'vision_config') : one.config
      return planned(clip, inner, prefix, one)
    },
  },
]
