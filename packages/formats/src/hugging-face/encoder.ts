import { transformerBlock, type TransformerOptions } from '@ptu/layers'

import type { PlannedBlock } from '../architectures/plan.ts'
import { count, mostLayers, shared, type Config } from './config.ts'

/** The modules of one block of an encoder, in the order in which its layers use them. */
export type BlockModules = (block: string) => readonly string[]

/** The sizes of an encoder. */
export interface EncoderSizes {
  readonly features: number
  readonly heads: number
  readonly layers: number
}

/** The names of an encoder's sizes in a `config.json`, each with what transformers takes where it is left out. */
export interface SizeNames {
  readonly features: readonly [string, number]
  readonly heads: readonly [string, number]
  readonly layers: readonly [string, number]
}

/** The names that most networks have, with the sizes of BERT. */
const usualSizes: SizeNames = {
  features: ['hidden_size', 768],
  heads: ['num_attention_heads', 12],
  layers: ['num_hidden_layers', 12],
}

/** Reads the sizes of an encoder. Throws `ImportError` where the heads cannot share the features. */
export const sizesOf = (config: Config, names: SizeNames = usualSizes): EncoderSizes => {
  const features = count(config, ...names.features)
  const heads = count(config, ...names.heads)
  shared(config, names.features[0], features, heads)
  return { features, heads, layers: count(config, ...names.layers, { most: mostLayers }) }
}

/** The blocks of an encoder, named by their modules without the prefix. */
export const encoderBlocks = (
  { features, heads, layers }: EncoderSizes,
  options: TransformerOptions,
  { prefix, at, modules }: { readonly prefix: string; readonly at: string; readonly modules: BlockModules },
): readonly PlannedBlock[] =>
  Array.from({ length: layers }, (_, i) => ({
    name: `${at}.${i}`,
    layer: transformerBlock(features, heads, options),
    modules: modules(`${prefix}${at}.${i}`),
  }))
