import type { Layer } from '@ptu/layers'
import { ImportError } from '@ptu/networks'

import { activation, count, innerConfig, positive, text, type Config } from './config.ts'
import { sizesOf, type EncoderSizes } from './encoder.ts'
import type { TokenInput } from './model-type.ts'

/** The kinds of attention in the layers of a ModernBERT, and the base of their turns unless a config says otherwise. */
const bases = { full_attention: 160_000, sliding_attention: 10_000 } as const

type Kind = keyof typeof bases
const kinds = ['full_attention', 'sliding_attention'] as const

/** The numbers that a ModernBERT is made of. */
export interface ModernBertSettings extends EncoderSizes {
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

/** The settings that a config gives. Throws `ImportError`. */
export const settingsOf = (config: Config): ModernBertSettings => {
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

/** The tokens that a ModernBERT reads. */
export const tokensOf = (config: Config): TokenInput => {
  const vocabulary = count(config, 'vocab_size', 50368)
  const padding = count(config, 'pad_token_id', 50283, { least: 0, most: vocabulary - 1 })
  return { vocabulary, padding, longest: count(config, 'max_position_embeddings', 8192) }
}
