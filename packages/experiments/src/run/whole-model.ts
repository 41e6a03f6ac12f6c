import { disposeParams, type ParamTree } from '@ptu/tensor'
import type { Json } from '@ptu/core'
import type { Encoding } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'

import { encodeModel, type ModelFacts } from '../models/model-file.ts'
import { openNetwork, type InputRule } from '../sources/portable-network.ts'
import type { Comparison } from './comparison.ts'
import type { PlainModel } from './final-evaluation.ts'

/** The facts of a model that cannot be read off its network. */
export type TrainingFacts = Pick<
  ModelFacts,
  'classes' | 'task' | 'method' | 'rate' | 'seed' | 'steps' | 'accuracy' | 'gates'
>

/** The bytes of a model's file, from the first frozen block on. Borrows the plain model. */
export const encodeWhole = async (
  comparison: Pick<Comparison, 'prefix' | 'network' | 'sourceData' | 'target'>,
  plain: PlainModel,
  facts: TrainingFacts,
): Promise<Uint8Array> => {
  const { blocks, input, spec, params, frozen } = await wholeModel(comparison, plain)
  const { shape, vocabulary, image, normalisation, origin } = input
  const { sourceData, target } = comparison
  const encoding = encodingOf(input, target)
  const model = await encodeModel(params, {
    format: 'ptu-model/2',
    ...{ spec, blocks, shape, vocabulary, image, normalisation },
    ...(encoding !== undefined && { encoding }),
    ...(encoding === undefined && target.table !== undefined && { table: target.table }),
    ...(target.columns !== undefined && { columns: target.columns }),
    ...(origin !== undefined && { origin }),
    ...facts,
    sourceData,
    targetData: target.digest,
  })
  disposeParams(frozen)
  return model
}

/** An encoder of texts brings its tokenizer; which columns hold texts and labels, and what these stand for, the data say. */
const encodingOf = ({ tokens, encoding }: InputRule, { encoding: own }: Comparison['target']): Encoding | undefined => {
  if (tokens !== undefined || encoding === undefined) return own
  return own?.target === undefined ? encoding : { ...encoding, label: own.label, target: own.target }
}

/** A model from the pixels on: the frozen blocks, then the trained part. */
interface WholeModel {
  readonly blocks: readonly string[]
  readonly input: InputRule
  readonly spec: Json
  readonly params: ParamTree
  /** The frozen part of `params`; the caller owns it. */
  readonly frozen: ParamTree
}

const wholeModel = async (
  { prefix, network }: Pick<Comparison, 'prefix' | 'network'>,
  { network: layer, params }: PlainModel,
): Promise<WholeModel> => {
  const blocks = network.blocks.map(({ name }) => name)
  if (prefix === null) return { blocks, input: network.input, spec: layer.spec, params, frozen: [] }
  const opened = await openNetwork(prefix)()
  if (E.isLeft(opened)) throw opened.left // it was made in this run
  const frozen = opened.right.blocks.map((block) => block.params)
  return {
    blocks: [...prefix.blocks.map(({ name }) => name), ...blocks],
    input: prefix.input,
    spec: {
      type: 'serial',
      layers: [...prefix.blocks.map(({ spec }) => spec), ...(layer.spec['layers'] as readonly Json[])],
    },
    params: [...frozen, ...(params as readonly ParamTree[])],
    frozen,
  }
}
