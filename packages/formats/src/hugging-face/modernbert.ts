import { dense, embedding, firstStep, layerNorm, meanOverTime, product, residual, selfAttention, serial, timeDistributed, type Layer } from '@ptu/layers' // prettier-ignore
import { ImportError } from '@ptu/networks'

import { at, block, chain, plain, type PlannedBlock, type PlannedLayer } from '../architectures/plan.ts'
import { rowsOf } from '../architectures/rows-of.ts'
import type { View } from '../architectures/view.ts'
import { activation, count, flag, innerConfig, positive, text, type Config } from './config.ts'
import { sizesOf, type EncoderSizes } from './encoder.ts'
import type { Described, FolderPlan, ModelType, Pooling, TokenInput } from './model-type.ts'

const masked = { masked: true } as const

/** The kinds of attention in the layers of a ModernBERT, and the base of their turns unless a config says otherwise. */
const bases = { full_attention: 160_000, sliding_attention: 10_000 } as const

type Kind = keyof typeof bases
const kinds = ['full_attention', 'sliding_attention'] as const

interface Settings extends EncoderSizes {
  readonly hidden: number
  readonly epsilon: number
  readonly activate: Layer<readonly []>
  /** The kind of attention of each layer. */
  readonly kinds: readonly Kind[]
  readonly base: Readonly<Record<Kind, number>>
  /** The steps on either side that a layer of sliding attention reads. */
  readonly window: number
}

/** The names of older configs: one number for each kind, in place of records. */
const oldBases = { full_attention: 'global_rope_theta', sliding_attention: 'local_rope_theta' } as const

const baseOf = (config: Config, kind: Kind): number => {
  const rotary = innerConfig(innerConfig(config, 'rope_parameters'), kind)
  text(rotary, 'rope_type', 'default', ['default'])
  return positive(rotary, 'rope_theta', positive(config, oldBases[kind], bases[kind]))
}

const kindsOf = (config: Config, layers: number): readonly Kind[] => {
  const given = config.values['layer_types']
  if (given === undefined || given === null) {
    const every = count(config, 'global_attn_every_n_layers', 3)
    return Array.from({ length: layers }, (_, i) => (i % every === 0 ? 'full_attention' : 'sliding_attention'))
  }
  const found = Array.isArray(given) ? given.map((kind) => kinds.find((known) => known === kind)) : []
  const known = found.filter((kind) => kind !== undefined)
  if (found.length !== layers || known.length !== layers)
    throw new ImportError(`config.json: expected layer_types to be ${layers} of ${kinds.join(' or ')}`)
  return known
}

const settingsOf = (config: Config): Settings => {
  if (config.values['rope_scaling'] !== undefined && config.values['rope_scaling'] !== null)
    throw new ImportError('config.json: expected no rope_scaling, turns that are stretched are not known')
  const sizes = sizesOf(config, {
    features: ['hidden_size', 768],
    heads: ['num_attention_heads', 12],
    layers: ['num_hidden_layers', 22],
  })
  if ((sizes.features / sizes.heads) % 2 !== 0)
    throw new ImportError('config.json: expected heads of an even number of channels, which turn in pairs')
  return {
    ...sizes,
    hidden: count(config, 'intermediate_size', 1152),
    epsilon: positive(config, 'norm_eps', 1e-5),
    activate: activation(config, 'hidden_activation', 'gelu').layer,
    kinds: kindsOf(config, sizes.layers),
    base: { full_attention: baseOf(config, kinds[0]), sliding_attention: baseOf(config, kinds[1]) },
    window: Math.floor(count(config, 'local_attention', 128, { least: 2 }) / 2),
  }
}

const atSteps = (layer: Layer): Layer => timeDistributed(layer, masked)

/** A layer: attention, and a product of two maps of which one is activated, each on what is normalised; the first layer reads normalised states. */
const layerAt = (name: string, i: number, settings: Settings): PlannedLayer => {
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

const viewsOf = (config: Config, prefix: string, { features, hidden, layers }: Settings): readonly View[] => {
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

const headOf = (config: Config, { features, epsilon }: Settings, classes: number): PlannedBlock =>
  block(
    'classifier',
    chain(
      at('head.dense', dense(features)),
      plain(activation(config, 'classifier_activation', 'gelu').layer),
      at('head.norm', layerNorm({ epsilon })),
      at('classifier', dense(classes)),
    ),
  )

/** The tokens that a ModernBERT reads. */
const tokensOf = (config: Config): TokenInput => {
  const vocabulary = count(config, 'vocab_size', 50368)
  const padding = count(config, 'pad_token_id', 50283, { least: 0, most: vocabulary - 1 })
  return { vocabulary, padding, longest: count(config, 'max_position_embeddings', 8192) }
}

/** The pooling of a text, with the head that was trained for it if there is one. */
interface Ending {
  readonly pooled: Pooling
  readonly head?: PlannedBlock
  readonly isSaid: boolean
}

const endingOf = ({ config, tensors, pooling }: Described, settings: Settings): Ending => {
  const own: Pooling = text(config, 'classifier_pooling', 'cls', ['cls', 'mean']) === 'cls' ? 'class' : 'mean'
  if (!tensors.has('classifier.weight') || !tensors.has('head.dense.weight'))
    return { pooled: pooling ?? 'mean', isSaid: pooling !== undefined }
  const pooled = pooling ?? own
  const head = headOf(config, settings, rowsOf(tensors, 'classifier.weight'))
  return { pooled, isSaid: true, ...(pooled === own && { head }) }
}

const factsOf = (config: Config, settings: Settings, { pooled, isSaid }: Ending): Readonly<Record<string, string>> => {
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
}
