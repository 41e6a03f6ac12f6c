import {
  embedding,
  firstStep,
  layerNorm,
  meanOverTime,
  positionEmbedding,
  timeDistributed,
  typeEmbedding,
} from '@ptu/layers'
import { ImportError } from '@ptu/networks'

import { at, block, chain, plain, sum, type PlannedBlock, type PlannedLayer } from '../architectures/plan.ts'
import { rowsOf } from '../architectures/rows-of.ts'
import { activation, count, flag, positive, text, type Config } from './config.ts'
import { encoderBlocks, sizesOf, type BlockModules, type SizeNames } from './encoder.ts'
import type { Described, FolderPlan, Pooling } from './model-type.ts'
import type { View } from '../architectures/view.ts'

const masked = { masked: true } as const

/** The differences among encoders of texts. */
export interface TextEncoder {
  readonly sizes?: SizeNames
  /** The names of the hidden size and the activation in the config. */
  readonly hidden: readonly [string, number]
  readonly activation: string
  /** The vocabulary, the positions, the types of text and the padding token that transformers takes where they are left out. */
  readonly usual: { readonly vocabulary: number; readonly types: number; readonly padding: number }
  /** True if positions count from the token of padding on, as in RoBERTa. */
  readonly afterPadding: boolean
  readonly at: string
  readonly modules: BlockModules
  /** The classifier of a text, as layers after the class token. */
  readonly head: (prefix: string, features: number, classes: (module: string) => number) => PlannedBlock
}

/** The numbers of an encoder's config. */
interface TextSettings {
  readonly features: number
  readonly vocabulary: number
  readonly padding: number
  readonly longest: number
  /** The rows of the table of positions before that of the first token. */
  readonly skipped: number
  /** 0 if there are no types of text. */
  readonly types: number
  readonly epsilon: number
}

const settingsOf = ({ usual, afterPadding }: TextEncoder, config: Config, features: number): TextSettings => {
  checkKind(config)
  const vocabulary = count(config, 'vocab_size', usual.vocabulary)
  const padding = count(config, 'pad_token_id', usual.padding, { least: 0, most: vocabulary - 1 })
  const rows = count(config, 'max_position_embeddings', 512)
  const skipped = afterPadding ? padding + 1 : 0
  if (rows <= skipped)
    throw new ImportError(`config.json: expected max_position_embeddings above ${skipped}, got ${rows}`)
  const types = usual.types === 0 ? 0 : count(config, 'type_vocab_size', usual.types)
  const epsilon = positive(config, 'layer_norm_eps', 1e-12)
  return { features, vocabulary, padding, longest: rows - skipped, skipped, types, epsilon }
}

/** The sum of the vectors of a token, its position and its type, normalised. */
const embeddings = (
  place: string,
  { features, vocabulary, padding, longest, types, epsilon }: TextSettings,
): PlannedLayer =>
  chain(
    at(`${place}.word_embeddings`, embedding(vocabulary, features, { ...masked, padding })),
    sum(at(`${place}.position_embeddings rows`, positionEmbedding(longest, masked))),
    ...(types === 0 ? [] : [sum(at(`${place}.token_type_embeddings`, typeEmbedding(types, masked)))]),
    at(`${place}.LayerNorm`, timeDistributed(layerNorm({ epsilon }), masked)),
  )

const positionRows = (place: string, { features, longest, skipped }: TextSettings): View => ({
  name: `${place}.position_embeddings rows.weight`,
  of: [{ name: `${place}.position_embeddings.weight`, shape: [skipped + longest, features] }],
  shape: [longest, features],
  offset: skipped * features,
})

/** The plan of an encoder of texts, in a module or in none. Throws `ImportError`. */
export const textEncoder = (
  encoder: TextEncoder,
  { config, tensors, pooling }: Described,
  prefix: string,
): FolderPlan => {
  const sizes = sizesOf(config, encoder.sizes)
  const settings = settingsOf(encoder, config, sizes.features)
  const { epsilon, vocabulary, padding, longest } = settings
  const act = activation(config, encoder.activation, 'gelu')
  const options = {
    norm: 'after',
    hidden: count(config, ...encoder.hidden),
    activation: act.layer,
    epsilon,
    ...masked,
  } as const
  const head = encoder.head(prefix, sizes.features, (module) => rowsOf(tensors, `${module}.weight`))
  const classifies = head.modules.every((module) => tensors.has(`${module}.weight`))
  const pooled: Pooling = pooling ?? (classifies ? 'class' : 'mean')
  return {
    body: [
      block('embeddings', embeddings(`${prefix}embeddings`, settings)),
      ...encoderBlocks(sizes, options, { prefix, at: encoder.at, modules: encoder.modules }),
      block('pooling', plain(pooled === 'mean' ? meanOverTime(masked) : firstStep)),
    ],
    ...(pooled === 'class' && { head }),
    input: [longest],
    tokens: { vocabulary, padding, longest },
    views: [positionRows(`${prefix}embeddings`, settings)],
    facts: {
      ...{ activation: act.name, 'layer normalisation': `epsilon ${epsilon.toExponential()}, after each sum` },
      'text as a vector': `${pooled === 'mean' ? 'the mean of its tokens' : 'its first token'}${pooling === undefined ? ', as the folder does not say' : ''}`,
      padding: `token ${padding}, at the end`,
      dropout: 'left out',
    },
  }
}

/** Refuses what changes the function of an encoder. */
const checkKind = (config: Config): void => {
  text(config, 'position_embedding_type', 'absolute', ['absolute'])
  if (flag(config, 'is_decoder', false)) throw new ImportError('config.json: expected an encoder, it is a decoder')
}
