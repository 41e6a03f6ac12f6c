import { dense, embedding, firstStep, layerNorm, meanOverTime, product, residual, selfAttention, serial, timeDistributed, type Layer } from '@ptu/layers' // prettier-ignore

import { at, block, chain, plain, type PlannedBlock, type PlannedLayer } from '../architectures/plan.ts'
import { rowsOf } from '../architectures/rows-of.ts'
import type { View } from '../architectures/view.ts'
import { activation, flag, text, type Config } from './config.ts'
import { throughLayerNorm } from './endings.ts'
import type { Described, FolderPlan, ModelType, Pooling } from './model-type.ts'
import { settingsOf, tokensOf, type ModernBertSettings } from './modernbert-settings.ts'

const masked = { masked: true } as const

const atSteps = (layer: Layer): Layer => timeDistributed(layer, masked)

/** A layer: attention, and a product of two maps of which one is activated, each on what is normalised; the first layer reads normalised states. */
const layerAt = (name: string, i: number, settings: ModernBertSettings): PlannedLayer => {
  const { features, heads, hidden, epsilon, activate, base, window } = settings
  const kind = settings.kinds[i] ?? 'full_attention'
  const near = kind === 'sliding_attention' ? { window } : {}
  const norm = atSteps(layerNorm({ epsilon }))
  const attention = selfAttention(features, heads, { ...masked, rotary: base[kind], ...near })
  const gated = product(serial(atSteps(dense(hidden)), activate), atSteps(dense(hidden)))
  const maps = ['query', 'key', 'value'].map((map) => `${name}.attn.Wqkv ${map}`)
  return {
    layer: serial(
      residual(i === 0 ? serial(attention) : serial(norm, attention)),
      residual(serial(norm, gated, atSteps(dense(features)))),
    ),
    modules: [
      ...(i === 0 ? [] : [`${name}.attn_norm`]),
      ...[...maps, `${name}.attn.Wo`, `${name}.mlp_norm`],
      ...[`${name}.mlp.Wi first`, `${name}.mlp.Wi second`, `${name}.mlp.Wo`],
    ],
  }
}

/** The parts of a map that the file has as one: its weight, and its bias if it has one. */
const partsOf = (module: string, parts: readonly string[], rows: number, columns: number, biased: boolean): readonly View[] =>
  parts.flatMap((part, i) => [
    { name: `${module} ${part}.weight`, of: [{ name: `${module}.weight`, shape: [parts.length * rows, columns] }], shape: [rows, columns], offset: i * rows * columns }, // prettier-ignore
    ...(biased
      ? [{ name: `${module} ${part}.bias`, of: [{ name: `${module}.bias`, shape: [parts.length * rows] }], shape: [rows], offset: i * rows }] // prettier-ignore
      : []),
  ]) // prettier-ignore

const viewsOf = (config: Config, prefix: string, { features, hidden, layers }: ModernBertSettings): readonly View[] => {
  const names = Array.from({ length: layers }, (_, i) => `${prefix}layers.${i}`)
  const norms = [`${prefix}embeddings.norm`, `${prefix}final_norm`, 'head.norm', ...names.flatMap((name, i) => [...(i === 0 ? [] : [`${name}.attn_norm`]), `${name}.mlp_norm`])] // prettier-ignore
  return [
    ...names.flatMap((name) => [
      ...partsOf(`${name}.attn.Wqkv`, ['query', 'key', 'value'], features, features, flag(config, 'attention_bias', false)), // prettier-ignore
      ...partsOf(`${name}.mlp.Wi`, ['first', 'second'], hidden, features, flag(config, 'mlp_bias', false)),
    ]),
    ...(flag(config, 'norm_bias', false) ? [] : norms.map((norm) => ({ name: `${norm}.bias`, of: [], shape: [features], change: () => new Float32Array(features) }))),
  ] // prettier-ignore
}

const headOf = (config: Config, { features, epsilon }: ModernBertSettings, classes: number): PlannedBlock =>
  block(
    'classifier',
    chain(
      at('head.dense', dense(features)),
      plain(activation(config, 'classifier_activation', 'gelu').layer),
      at('head.norm', layerNorm({ epsilon })),
      at('classifier', dense(classes)),
    ),
  )

/** The pooling of a text, with the head that was trained for it if there is one. */
interface Ending {
  readonly pooled: Pooling
  readonly head?: PlannedBlock
  readonly isSaid: boolean
}

const endingOf = ({ config, tensors, pooling }: Described, settings: ModernBertSettings): Ending => {
  const own: Pooling = text(config, 'classifier_pooling', 'cls', ['cls', 'mean']) === 'cls' ? 'class' : 'mean'
  if (!tensors.has('classifier.weight') || !tensors.has('head.dense.weight'))
    return { pooled: pooling ?? 'mean', isSaid: pooling !== undefined }
  const pooled = pooling ?? own
  const head = headOf(config, settings, rowsOf(tensors, 'classifier.weight'))
  return { pooled, isSaid: true, ...(pooled === own && { head }) }
}

const factsOf = (
  config: Config,
  settings: ModernBertSettings,
  { pooled, isSaid }: Ending,
): Readonly<Record<string, string>> => {
  const { base, epsilon, window } = settings
  const whole = settings.kinds.filter((kind) => kind === 'full_attention').length
  return {
    activation: `${activation(config, 'hidden_activation', 'gelu').name}, times a second map`,
    'layer normalisation': `epsilon ${epsilon.toExponential()}, before each path`,
    attention: `${whole} of ${settings.kinds.length} layers read the whole text, the others ${window} tokens on either side`,
    positions: `turns, of base ${base.full_attention} and ${base.sliding_attention}`,
    biases: 'those that it lacks start at 0',
    'text as a vector': `${pooled === 'mean' ? 'the mean of its tokens' : 'its first token'}${isSaid ? '' : ', as the folder does not say'}`,
    padding: `token ${tokensOf(config).padding}, at the end`,
    dropout: 'left out',
  }
}

const planned = (described: Described, prefix: string): FolderPlan => {
  const { config } = described
  const [settings, tokens] = [settingsOf(config), tokensOf(config)]
  const ending = endingOf(described, settings)
  const norm = atSteps(layerNorm({ epsilon: settings.epsilon }))
  const words = embedding(tokens.vocabulary, settings.features, { ...masked, padding: tokens.padding })
  return {
    body: [
      block('embeddings', chain(at(`${prefix}embeddings.tok_embeddings`, words), at(`${prefix}embeddings.norm`, norm))),
      ...settings.kinds.map((_, i) => block(`layers.${i}`, layerAt(`${prefix}layers.${i}`, i, settings))),
      block('pooling', chain(at(`${prefix}final_norm`, norm), plain(ending.pooled === 'mean' ? meanOverTime(masked) : firstStep))), // prettier-ignore
    ],
    ...(ending.head && { head: ending.head }),
    ...{ input: [tokens.longest], tokens },
    views: viewsOf(config, prefix, settings),
    facts: factsOf(config, settings, ending),
  }
}

/**
 * ModernBERT: an encoder of texts with rotary positions, attention to neighbours in most layers, and gated maps without biases.
 *
 * References:
 *   Warner et al., "Smarter, better, faster, longer: a modern bidirectional encoder", 2024, §2.1, https://arxiv.org/abs/2412.13663
 *   Shazeer, "GLU variants improve transformer", 2020, §2, https://arxiv.org/abs/2002.05202
 */
export const modernBert: ModelType = {
  names: ['modernbert'],
  prefixes: ['', 'model.'],
  modules: ['embeddings', 'layers', 'final_norm'],
  plan: planned,
  classifier: {
    classes: { modernbert: 'ModernBertForSequenceClassification' },
    prefix: 'model.',
    settings: {
      ...{ attention_bias: true, mlp_bias: true, norm_bias: true },
      ...{ classifier_bias: true, classifier_activation: 'linear' },
    },
    poolings: { class: { classifier_pooling: 'cls' }, mean: { classifier_pooling: 'mean' } },
    ending: throughLayerNorm('head.dense', 'head.norm', 'classifier'),
    between: 'head.dense',
  },
}
