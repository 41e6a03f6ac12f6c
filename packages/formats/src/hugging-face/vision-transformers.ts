import { ImportError } from '@ptu/networks'

import type { WrittenTensor } from '../written-tensor.ts'
import { count, flag, innerConfig } from './config.ts'
import { besideAnother, directly } from './endings.ts'
import type { LinearHead, ModelType } from './model-type.ts'
import { plannedTransformer, type VisionTransformer } from './vit.ts'

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

/** The token of masked patches, which only pictures with a mask read. */
const maskToken = ({ features }: LinearHead): WrittenTensor => ({
  name: 'dinov2.embeddings.mask_token',
  shape: [1, features],
  values: new Float32Array(features),
})

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
  { names: ['vit'], prefixes: ['', 'vit.'], modules: ['embeddings', 'encoder', 'layernorm'], plan: (one, prefix) => plannedTransformer(viT, one.config, prefix, one), classifier: { classes: { vit: 'ViTForImageClassification' }, prefix: 'vit.', settings: { qkv_bias: true }, ending: directly('classifier') } }, // prettier-ignore
  { names: ['deit'], prefixes: ['', 'deit.'], modules: ['embeddings', 'encoder', 'layernorm'], plan: (one, prefix) => plannedTransformer(deiT, one.config, prefix, one), classifier: { classes: { deit: 'DeiTForImageClassification' }, prefix: 'deit.', settings: { qkv_bias: true }, ending: directly('classifier') } }, // prettier-ignore
  { names: ['dinov2'], prefixes: ['', 'dinov2.'], modules: ['embeddings', 'encoder', 'layernorm'], plan: (one, prefix) => plannedTransformer(dinoV2, one.config, prefix, one), classifier: { classes: { dinov2: 'Dinov2ForImageClassification' }, prefix: 'dinov2.', settings: { qkv_bias: true }, ending: (head, ...rest) => [...besideAnother('classifier')(head, ...rest), maskToken(head)] } }, // prettier-ignore
  {
    names: ['clip', 'clip_vision_model'],
    prefixes: ['vision_model.', ''],
    modules: ['embeddings', 'encoder', 'pre_layrnorm', 'post_layernorm'],
    plan: (one, prefix) => {
      const inner = one.config.values['model_type'] === 'clip' ? innerConfig(one.config, 'vision_config') : one.config
      return plannedTransformer(clip, inner, prefix, one)
    },
  },
]
