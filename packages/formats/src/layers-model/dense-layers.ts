import { dense, embedding, timeDistributed, type Layer } from '@ptu/layers'
import { zeros } from '@tensorflow/tfjs-core'

import { activationOf } from './activations.ts'
import { booleanAt, checkOnly, sizeAt } from './fields.ts'
import type { Translator } from './part.ts'

/** Keras applies a dense layer to the last axis, however many there are. */
const connected: Translator = (context) => {
  const { config, input, weights } = context
  const units = sizeAt(config, 'units')
  const { kernel, bias } = weights({
    kernel: [input.at(-1) ?? 0, units],
    bias: booleanAt(config, 'use_bias', true) ? [units] : undefined,
  })
  const layer = input.slice(1).reduce<Layer>((inner) => timeDistributed(inner), dense(units))
  return [{ layer, params: () => ({ kernel: kernel(), bias: bias?.() ?? zeros([units]) }) }, ...activationOf(context)]
}

const table: Translator = ({ config, weights }) => {
  checkOnly(config, 'mask_zero', [false])
  const [vocabulary, features] = [sizeAt(config, 'input_dim'), sizeAt(config, 'output_dim')]
  const { embeddings } = weights({ embeddings: [vocabulary, features] })
  return [{ layer: embedding(vocabulary, features), params: () => ({ table: embeddings() }) }]
}

/** Translators of dense layers and embeddings. */
export const denseLayers: Readonly<Record<string, Translator>> = { Dense: connected, Embedding: table }
