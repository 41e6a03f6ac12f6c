import { dense, relu, tanh } from '@ptu/layers'

import { at, block, chain, plain } from '../architectures/plan.ts'
import type { BlockModules } from './encoder.ts'
import { throughRelu, throughTanh } from './endings.ts'
import type { ModelType } from './model-type.ts'
import { textEncoder, type TextEncoder } from './text-encoder.ts'

const bertModules: BlockModules = (name) => [
  ...['self.query', 'self.key', 'self.value', 'output.dense', 'output.LayerNorm'].map(
    (part) => `${name}.attention.${part}`,
  ),
  ...['intermediate.dense', 'output.dense', 'output.LayerNorm'].map((part) => `${name}.${part}`),
]

const bertLike = {
  hidden: ['intermediate_size', 3072],
  activation: 'hidden_act',
  at: 'encoder.layer',
  modules: bertModules,
} as const

const bertEncoder: TextEncoder = {
  ...bertLike,
  usual: { vocabulary: 30522, types: 2, padding: 0 },
  afterPadding: false,
  head: (prefix, features, classes) =>
    block(
      'classifier',
      chain(at(`${prefix}pooler.dense`, dense(features)), plain(tanh), at('classifier', dense(classes('classifier')))),
    ),
}

const robertaEncoder: TextEncoder = {
  ...bertLike,
  usual: { vocabulary: 50265, types: 2, padding: 1 },
  afterPadding: true,
  head: (_prefix, features, classes) =>
    block(
      'classifier',
      chain(
        at('classifier.dense', dense(features)),
        plain(tanh),
        at('classifier.out_proj', dense(classes('classifier.out_proj'))),
      ),
    ),
}

const distilBertEncoder: TextEncoder = {
  sizes: { features: ['dim', 768], heads: ['n_heads', 12], layers: ['n_layers', 6] },
  hidden: ['hidden_dim', 3072],
  activation: 'activation',
  usual: { vocabulary: 30522, types: 0, padding: 0 },
  afterPadding: false,
  at: 'transformer.layer',
  modules: (name) => [
    ...['q_lin', 'k_lin', 'v_lin', 'out_lin'].map((part) => `${name}.attention.${part}`),
    ...['sa_layer_norm', 'ffn.lin1', 'ffn.lin2', 'output_layer_norm'].map((part) => `${name}.${part}`),
  ],
  head: (_prefix, features, classes) =>
    block(
      'classifier',
      chain(at('pre_classifier', dense(features)), plain(relu), at('classifier', dense(classes('classifier')))),
    ),
}

/** The last normalisation of a DistilBERT. */
const lastNorm = (body: ReadonlyMap<string, unknown>): string => {
  const layers = [...body.keys()].filter((name) => name.endsWith('.output_layer_norm.weight')).length
  return `distilbert.transformer.layer.${layers - 1}.output_layer_norm`
}

/**
 * Encoders of texts: BERT, which MiniLM and most sentence-transformers are, RoBERTa and its relatives, DistilBERT.
 *
 * References:
 *   Devlin, Chang, Lee & Toutanova, "BERT", NAACL 2019, §3, https://arxiv.org/abs/1810.04805
 *   Liu et al., "RoBERTa: a robustly optimized BERT pretraining approach", 2019, https://arxiv.org/abs/1907.11692
 *   Sanh, Debut, Chaumond & Wolf, "DistilBERT, a distilled version of BERT", 2019, §2, https://arxiv.org/abs/1910.01108
 */
export const textEncoders: readonly ModelType[] = [
  {
    names: ['bert'],
    prefixes: ['', 'bert.'],
    modules: ['embeddings', 'encoder'],
    plan: (described, prefix) => textEncoder(bertEncoder, described, prefix),
    classifier: {
      classes: { bert: 'BertForSequenceClassification' },
      prefix: 'bert.',
      ending: throughTanh('bert.pooler.dense', 'classifier'),
      between: 'bert.pooler.dense',
    },
  },
  {
    names: ['roberta', 'xlm-roberta', 'camembert'],
    prefixes: ['', 'roberta.'],
    modules: ['embeddings', 'encoder'],
    plan: (described, prefix) => textEncoder(robertaEncoder, described, prefix),
    classifier: {
      classes: {
        roberta: 'RobertaForSequenceClassification',
        'xlm-roberta': 'XLMRobertaForSequenceClassification',
        camembert: 'CamembertForSequenceClassification',
      },
      prefix: 'roberta.',
      ending: throughTanh('classifier.dense', 'classifier.out_proj'),
      between: 'classifier.dense',
    },
  },
  {
    names: ['distilbert'],
    prefixes: ['', 'distilbert.'],
    modules: ['embeddings', 'transformer'],
    plan: (described, prefix) => textEncoder(distilBertEncoder, described, prefix),
    classifier: {
      classes: { distilbert: 'DistilBertForSequenceClassification' },
      prefix: 'distilbert.',
      ending: throughRelu('pre_classifier', 'classifier', lastNorm),
      between: 'pre_classifier',
    },
  },
]
