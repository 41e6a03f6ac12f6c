import { dense, firstStep, layerNorm, leadingTokens, patchEmbedding, positionEmbedding, transformerBlock, zeroPad1d } from '@ptu/layers' // prettier-ignore
import type { Shape } from '@ptu/tensor'

import type { Architecture, TensorTable } from './architecture.ts'
import { imageNetFacts } from './facts.ts'
import { at, block, chain, plain, sum } from './plan.ts'
import { plannedArchitecture } from './planned-architecture.ts'
import { gridOf, positionView, type Grid } from './position-grid.ts'
import { rowsOf } from './rows-of.ts'
import type { View } from './view.ts'

/** The sizes of a vision transformer. */
interface Sizes {
  readonly features: number
  readonly layers: number
  readonly heads: number
  readonly patch: number
}

/** The modules of a library's vision transformers. */
interface Naming {
  readonly token: string
  readonly patches: string
  readonly positions: string
  readonly block: (place: number) => string
  /** The parts of a block: first normalisation, joined queries, keys and values, output, second normalisation, and both maps. */
  readonly parts: readonly [string, string, string, string, string, string]
  /** The tensors of the joined maps. */
  readonly joined: readonly [weight: string, bias: string]
  readonly last: string
  readonly head: string
}

const maps = ['query', 'key', 'value'] as const

/** Queries, keys and values are one tensor in the file, one after another. */
const joinedViews = (place: string, [weight, bias]: Naming['joined'], features: number): readonly View[] =>
  maps.flatMap((map, i) => [
    { name: `${place}.${map}.weight`, of: [{ name: weight, shape: [3 * features, features] }], shape: [features, features], offset: i * features ** 2 }, // prettier-ignore
    { name: `${place}.${map}.bias`, of: [{ name: bias, shape: [3 * features] }], shape: [features], offset: i * features }, // prettier-ignore
  ])

/** The grid of patches for which a file's positions were learnt; the one of 224 × 224 pixels where it cannot be told. */
const learntGrid = (tensors: TensorTable, positions: string, patch: number): Grid => {
  const side = Math.sqrt((tensors.get(positions)?.shape[1] ?? 0) - 1)
  return Number.isInteger(side) && side > 0 ? [side, side] : gridOf([224, 224], patch)
}

const viewsOf = (naming: Naming, { features, layers }: Sizes, learnt: Grid, wanted: Grid): readonly View[] => [
  { name: `${naming.token}.weight`, of: [{ name: naming.token, shape: [1, 1, features] }], shape: [1, features] },
  positionView({
    ...{ name: `${naming.positions}.weight`, features, leading: 1, learnt, wanted },
    of: { name: naming.positions, shape: [1, 1 + learnt[0] * learnt[1], features] },
  }),
  ...Array.from({ length: layers }, (_, i) => `${naming.block(i)}.${naming.parts[1]}`).flatMap((place) =>
    joinedViews(place, [`${place}${naming.joined[0]}`, `${place}${naming.joined[1]}`], features),
  ),
]

const factsOf = ({ heads, patch }: Sizes, learnt: Grid, wanted: Grid): Readonly<Record<string, string>> => {
  const [height, width] = learnt.map((side) => side * patch)
  const interpolated = learnt.join() === wanted.join() ? '' : ', and are interpolated'
  return {
    ...{ activation: 'GELU', heads: `${heads}, of 64 features each, as all of its kind have` },
    'layer normalisation': 'epsilon 1e-6, before each path',
    patches: `${patch} × ${patch} pixels; positions were learnt for ${height} × ${width} pixels${interpolated}`,
    dropout: 'left out',
    ...imageNetFacts,
  }
}

const visionTransformer = (name: string, naming: Naming, sizes: Sizes): Architecture => {
  const { features, layers, heads, patch } = sizes
  const norm = layerNorm({ epsilon: 1e-6 })
  const one = transformerBlock(features, heads, { norm: 'before', hidden: 4 * features, epsilon: 1e-6 })
  const [first, joined, output, second, wide, narrow] = naming.parts
  const modulesOf = (place: string): readonly string[] =>
    [first, ...maps.map((map) => `${joined}.${map}`), output, second, wide, narrow].map((part) => `${place}.${part}`)
  const blocks = Array.from({ length: layers }, (_, i) => naming.block(i)).map((place) => ({
    ...{ name: place, layer: one, modules: modulesOf(place) },
  }))
  return plannedArchitecture(name, (tensors, input?: Shape) => {
    const learnt = learntGrid(tensors, naming.positions, patch)
    const usual = [learnt[0] * patch, learnt[1] * patch, 3]
    const wanted = gridOf(input ?? usual, patch)
    return {
      body: [
        block(
          naming.patches,
          chain(
            at(naming.patches, patchEmbedding(features, patch)),
            plain(zeroPad1d([1, 0])),
            sum(at(naming.token, leadingTokens(1))),
            sum(at(naming.positions, positionEmbedding(1 + wanted[0] * wanted[1]))),
          ),
        ),
        ...blocks,
        block(naming.last, chain(plain(firstStep), at(naming.last, norm))),
      ],
      head: block(naming.head, at(naming.head, dense(rowsOf(tensors, `${naming.head}.weight`)))),
      input: usual,
      views: viewsOf(naming, sizes, learnt, wanted),
      epsilon: 1e-6,
      facts: factsOf(sizes, learnt, wanted),
    }
  })
}

const torchvision: Naming = {
  token: 'class_token',
  patches: 'conv_proj',
  positions: 'encoder.pos_embedding',
  block: (place) => `encoder.layers.encoder_layer_${place}`,
  parts: ['ln_1', 'self_attention', 'self_attention.out_proj', 'ln_2', 'mlp.0', 'mlp.3'],
  joined: ['.in_proj_weight', '.in_proj_bias'],
  last: 'encoder.ln',
  head: 'heads.head',
}

const timm: Naming = {
  token: 'cls_token',
  patches: 'patch_embed.proj',
  positions: 'pos_embed',
  block: (place) => `blocks.${place}`,
  parts: ['norm1', 'attn.qkv', 'attn.proj', 'norm2', 'mlp.fc1', 'mlp.fc2'],
  joined: ['.weight', '.bias'],
  last: 'norm',
  head: 'head',
}

const base = { features: 768, layers: 12, heads: 12 } as const
const large = { features: 1024, layers: 24, heads: 16 } as const

/**
 * The vision transformers of torchvision and of timm that read a class token.
 *
 * References:
 *   Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021, table 1, https://arxiv.org/abs/2010.11929
 *   torchvision, `vision_transformer`, https://github.com/pytorch/vision/blob/v0.14.1/torchvision/models/vision_transformer.py
 *   Wightman, timm, `vision_transformer`, https://github.com/huggingface/pytorch-image-models
 */
export const bareVisionTransformers: readonly Architecture[] = [
  visionTransformer('torchvision vit_b_16', torchvision, { ...base, patch: 16 }),
  visionTransformer('torchvision vit_b_32', torchvision, { ...base, patch: 32 }),
  visionTransformer('torchvision vit_l_16', torchvision, { ...large, patch: 16 }),
  visionTransformer('torchvision vit_l_32', torchvision, { ...large, patch: 32 }),
  visionTransformer('timm vit_tiny_patch16', timm, { features: 192, layers: 12, heads: 3, patch: 16 }),
  visionTransformer('timm vit_small_patch16', timm, { features: 384, layers: 12, heads: 6, patch: 16 }),
  visionTransformer('timm vit_base_patch16', timm, { ...base, patch: 16 }),
  visionTransformer('timm vit_base_patch32', timm, { ...base, patch: 32 }),
]
