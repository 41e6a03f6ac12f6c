import { ImportError } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import type { TensorTable } from '../architectures/architecture.ts'
import { buildNetwork, isCounter } from '../architectures/build-network.ts'
import { expectedTensors } from '../architectures/expected-tensors.ts'
import type { ModelFile, OpenOptions } from '../open-model.ts'
import { shown, shownShape } from '../shown.ts'
import type { StoredTensor, TensorFile } from '../stored-tensor.ts'
import { configOf, type Config } from './config.ts'
import { jsonIn, longestOf, pixelStepOf, poolingOf, type FolderDescriptions, type PixelStep } from './descriptions.ts'
import type { FolderPlan, ModelType, Pooling } from './model-type.ts'
import { modelTypes } from './table.ts'
import { checkViews, withViews, type Viewed } from '../architectures/view.ts'

/** Tensors that no function of the network reads: numbers of positions, and the token of masked patches. */
const idle = /(^|\.)(position_ids|token_type_ids|mask_token)$/

/**
 * The network of a folder of Hugging Face: the tensors of its `model.safetensors`, and what the files beside it say.
 *
 * The architecture is that of `model_type`; every tensor inside its modules must be one of its layers', and has the shape that the
 * config gives it. Throws `ImportError`.
 */
export const fromHuggingFace = (
  file: TensorFile,
  descriptions: FolderDescriptions,
  { input }: OpenOptions = {},
): ModelFile => {
  const config = configOf(jsonIn('config.json', descriptions.config))
  const type = typeOf(config)
  const tensors = tableOf(file.tensors)
  const prefix = prefixOf(type, tensors)
  const plan = withLength(
    type.plan({ config, tensors, ...(input && { input }), pooling: namedPooling(descriptions) }, prefix),
    descriptions,
  )
  checkInput(plan, input)
  const shape = input ?? plan.input
  const pixels = plan.tokens === undefined ? pixelStep(descriptions, shape) : undefined
  const views = plan.views ?? []
  checkViews(tensors, views)
  const viewed = withViews(tensors, views)
  checkAllAsked(type, prefix, { plan, shape, viewed, tensors })
  const { body, head, epsilon = 0, facts } = plan
  const built = buildNetwork({ body, head, input: shape, views, epsilon, facts }, tensors, {})
  return {
    ...{ format: `Hugging Face folder (${file.format})`, architecture: `transformers ${nameOf(config)}` },
    ...{ source: built.source, head: built.head, input: shape },
    leftOver: [...[...tensors.keys()].filter((name) => !built.used.has(name)), ...file.others],
    facts: { ...file.facts, ...facts, ...normalisationFacts(epsilon, built.counters) },
    ...(plan.tokens && { tokens: plan.tokens }),
    ...(pixels && { normalisation: pixels }),
    config: config.values,
  }
}

const namedPooling = ({ pooling }: FolderDescriptions): Pooling | undefined =>
  pooling && poolingOf(jsonIn('1_Pooling/config.json', pooling))

const pixelStep = ({ preprocessor }: FolderDescriptions, shape: Shape): PixelStep | undefined =>
  preprocessor && pixelStepOf(jsonIn('preprocessor_config.json', preprocessor), shape.at(-1) ?? 3)

const normalisationFacts = (epsilon: number, counters: number): Readonly<Record<string, string>> => ({
  ...(epsilon > 0 && {
    'batch normalisation': `epsilon ${epsilon.toExponential()}, folded into the convolutions before it`,
  }),
  ...(counters > 0 && { 'not needed': `${counters} counters of batches (num_batches_tracked)` }),
})

const nameOf = ({ values }: Config): string => {
  const [first] = Array.isArray(values['architectures']) ? (values['architectures'] as readonly unknown[]) : []
  return typeof first === 'string' && /^\w{1,80}$/.test(first) ? first : String(values['model_type'])
}

/** The kind of network that a config names. Throws `ImportError`. */
export const typeOf = ({ values }: Config): ModelType => {
  const wanted = values['model_type']
  const found = modelTypes.find(({ names }) => names.some((name) => name === wanted))
  if (found !== undefined) return found
  const known = modelTypes.flatMap(({ names }) => names).sort()
  throw new ImportError(
    `config.json: expected model_type to be one of ${known.join(', ')}, got ${typeof wanted === 'string' ? shown(wanted) : 'none'}`,
  )
}

/** Old files of TensorFlow's BERT call the scale of a normalisation `gamma` and its shift `beta`. */
const tableOf = (tensors: readonly StoredTensor[]): TensorTable => {
  const names = new Set(tensors.map(({ name }) => name))
  return new Map(
    tensors.map((tensor) => {
      const name = tensor.name
        .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
        .replace(/LayerNorm\.beta$/, 'LayerNorm.bias')
      return names.has(name) ? [tensor.name, tensor] : [name, { ...tensor, name }]
    }),
  )
}

const prefixOf = ({ names, prefixes, modules }: ModelType, tensors: TensorTable): string => {
  const [first = ''] = modules
  const found = prefixes.find((prefix) => [...tensors.keys()].some((name) => name.startsWith(`${prefix}${first}.`)))
  if (found !== undefined) return found
  throw new ImportError(
    `expected tensors of ${names[0] ?? ''}, such as ${prefixes.map((prefix) => `${prefix}${first}.…`).join(' or ')}; got ${[...tensors.keys()].slice(0, 3).join(', ') || 'none'}`,
  )
}

/** The plan for texts of the length that sentence-transformers cuts them to. */
const withLength = (plan: FolderPlan, { sentences }: FolderDescriptions): FolderPlan => {
  if (plan.tokens === undefined || sentences === undefined) return plan
  const longest = longestOf(jsonIn('sentence_bert_config.json', sentences), plan.tokens.longest)
  return { ...plan, input: [longest], tokens: { ...plan.tokens, longest } }
}

const checkInput = ({ input, anySize, tokens }: FolderPlan, wanted: Shape | undefined): void => {
  if (wanted === undefined || wanted.join() === input.join()) return
  if (tokens !== undefined)
    throw new ImportError(
      `expected no input, the network reads texts of up to ${tokens.longest} tokens; leave input out`,
    )
  if (anySize !== true || wanted.at(-1) !== input.at(-1))
    throw new ImportError(
      `expected input to be ${shownShape(input)}, which its layers were made for, got ${shownShape(wanted)}; leave input out`,
    )
}

interface Asked {
  readonly plan: FolderPlan
  readonly shape: Shape
  readonly viewed: Viewed
  readonly tensors: TensorTable
}

/** Refuses tensors inside the modules of the network that none of its layers asks for: they would change its function. */
const checkAllAsked = (
  { names, modules }: ModelType,
  prefix: string,
  { plan, shape, viewed, tensors }: Asked,
): void => {
  const asked = expectedTensors(plan.body, shape, (name) => viewed.tensors.has(name))
  const taken = new Set([...asked.keys()].flatMap((name) => viewed.origins(name)?.map((part) => part.name) ?? [name]))
  const inside = modules.map((module) => `${prefix}${module}.`)
  const stray = [...tensors.keys()].filter(
    (name) =>
      inside.some((start) => name.startsWith(start)) && !taken.has(name) && !idle.test(name) && !isCounter(name),
  )
  if (stray.length === 0) return
  throw new ImportError(
    `expected the tensors of a ${names[0] ?? ''} as its config.json describes it, it holds ${stray.length} more: ${stray.slice(0, 4).join(', ')}`,
  )
}
