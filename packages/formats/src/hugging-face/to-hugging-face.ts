import { messageOf, ShapeError, type Json } from '@ptu/core'
import type { DenseParams } from '@ptu/layers'
import { ImportError } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Link } from '../architectures/flat-chain.ts'
import { disposeMatched, type MatchedNetwork } from '../architectures/match-network.ts'
import { unviewed } from '../architectures/unviewed.ts'
import { ExportError } from '../export-error.ts'
import { writeLayers } from '../pytorch/writing/write-layers.ts'
import type { TrainedNetwork } from '../trained-network.ts'
import type { WrittenTensor } from '../written-tensor.ts'
import { configOf } from './config.ts'
import { typeOf } from './from-hugging-face.ts'
import { kindOf, matchedBody } from './matched-body.ts'
import type { Classifier, LinearHead, ModelType, Pooling } from './model-type.ts'

/** A classifier as a folder of Hugging Face keeps it. */
export interface WrittenFolder {
  /** The class of transformers: `ViTForImageClassification`. */
  readonly architecture: string
  /** The text of `config.json`. */
  readonly config: string
  readonly tensors: readonly WrittenTensor[]
  /** The module before the classifier that changes nothing, because the network has none there. */
  readonly between?: string
}

/** The folder that a network was opened from, and what its classes are called. */
export interface FolderOptions {
  /** The content of the folder's `config.json`. */
  readonly config: unknown
  /** The shape of an example. */
  readonly input: Shape
  readonly classes: readonly string[]
}

/**
 * A trained network under the names of the folder that its body was opened from, so that transformers loads it by `from_pretrained`.
 *
 * The network must have the layers of the folder's body, and then pooling where the body ends in a map, and one dense layer; a layer
 * that transformers has between the body and its classifier is written so that it changes nothing. A Left names what differs. Borrows
 * the network.
 *
 * @example
 * ```ts
 * const network = { layer: dense(2), params: dense(2).init(key(0), [3]), blocks: ['head'] }
 * const written = await huggingFaceOf(network, { config: { model_type: 'clip' }, input: [3], classes: ['a', 'b'] })()
 * expect(E.isLeft(written) && written.left.message).toContain('no classifier of transformers')
 * ```
 */
export const huggingFaceOf = (
  network: TrainedNetwork,
  options: FolderOptions,
): TE.TaskEither<ExportError, WrittenFolder> =>
  TE.tryCatch(
    () => written(network, options),
    (cause) => {
      if (cause instanceof ExportError) return cause
      if (cause instanceof ImportError || cause instanceof ShapeError) return refusal(messageOf(cause), cause)
      throw cause
    },
  )

const refusal = (message: string, cause?: unknown): ExportError =>
  new ExportError(`${message}; export with --to onnx, or with --to pytorch`, { cause })

/** The network's type, its name, and the classifier that it is to be. */
interface Target {
  readonly type: ModelType
  readonly name: string
  readonly classifier: Classifier
}

const targetOf = (config: unknown): Target => {
  const type = typeOf(configOf(config))
  const name = kindOf(config)
  if (type.classifier === undefined)
    throw refusal(`a network of ${name}: expected a body that ends as a classifier of transformers does, no classifier of transformers has its layers and one dense layer`) // prettier-ignore
  return { type, name, classifier: type.classifier }
}

/** The config of the classifier, with a kind of pooling. */
const configFor = (
  { name, classifier }: Target,
  { config, input, classes }: FolderOptions,
  pooling: Readonly<Record<string, unknown>>,
): Record<string, Json> => {
  const { values } = configOf(config)
  const [side] = input.length === 3 ? input : []
  const known = values['image_size'] ?? 224
  return {
    ...(values as Record<string, Json>),
    ...(classifier.settings as Record<string, Json>),
    ...(pooling as Record<string, Json>),
    architectures: [classifier.classes[name] ?? ''],
    ...(side !== undefined && side !== known && { image_size: side }),
    dtype: 'float32',
    id2label: Object.fromEntries(classes.map((label, i) => [String(i), label])),
    label2id: Object.fromEntries(classes.map((label, i) => [label, i])),
    problem_type: 'single_label_classification',
  }
}

/** Fields that transformers wants with a point, which JSON leaves out of whole numbers. */
const fractions = [
  'depth_multiplier',
  'initializer_cutoff_factor',
  'initializer_factor',
  'initializer_range',
  'layer_norm_eps',
  'layer_scale_init_value',
  'layerscale_value',
  'norm_eps',
]

/** The text of a `config.json`, which transformers reads. */
export const configText = (config: Readonly<Record<string, Json>>): string =>
  fractions.reduce(
    (text, name) => text.replace(new RegExp(`^( +"${name}": -?\\d+)(,?)$`, 'gm'), '$1.0$2'),
    `${JSON.stringify(config, null, 2)}\n`,
  )

/** The layers of a network as a folder has them, and the config that describes them. */
interface MatchedFolder {
  readonly config: Record<string, Json>
  readonly matched: MatchedNetwork
}

/** Finds the kind of pooling with which a network has the layers of its folder. Throws `ExportError` where it has none. */
const matchedFolder = (network: TrainedNetwork, target: Target, options: FolderOptions): MatchedFolder => {
  const { name, classifier } = target
  const { poolings = { class: {} }, prefix } = classifier
  for (const [pooling, fields] of Object.entries(poolings)) {
    const config = configFor(target, options, fields)
    const matched = matchedBody(network, { config, prefix, pooling: pooling as Pooling, input: options.input })
    if (matched !== undefined) return { config, matched }
  }
  const ending = classifier.poolings === undefined ? 'its first token or its map' : 'its first token or their mean'
  throw refusal(`expected the layers of a ${name} as its config.json describes it, and then ${ending}, the network has others`) // prettier-ignore
}

const written = async (network: TrainedNetwork, options: FolderOptions): Promise<WrittenFolder> => {
  const target = targetOf(options.config)
  const { name, classifier } = target
  const { config, matched } = matchedFolder(network, target, options)
  try {
    const head = await headOf(matched.rest, matched.body.layer.output(options.input), name)
    const own = unviewed(await writeLayers(matched.body), matched.views)
    const byName = new Map(own.map((one) => [one.name, one]))
    return {
      architecture: classifier.classes[name] ?? '',
      config: configText(config),
      tensors: [...own, ...classifier.ending(head, byName, configOf(config))],
      ...(classifier.between !== undefined && { between: classifier.between }),
    }
  } finally {
    disposeMatched(matched, network.params)
  }
}

/** The head after the body: pooling where the body ends in a map, and one dense layer. */
const headOf = async (rest: readonly Link[], from: Shape, name: string): Promise<LinearHead> => {
  const links = rest.filter(({ layer: { spec } }) => !['dropout', 'identity'].includes(spec.type))
  const types = links.map(({ layer }) => layer.spec.type).join(', ')
  const expected = from.length === 3 ? 'globalAveragePool, dense' : 'dense'
  if (types !== expected) throw refusal(`expected ${expected} after the body of a ${name}, got ${types || 'nothing'}`)
  const { kernel, bias } = links.at(-1)?.params as DenseParams
  const [numbers, own] = [await kernel.data(), await bias.data()]
  const [features = 1, classes = 1] = kernel.shape
  const weight = new Float32Array(features * classes)
  for (let row = 0; row < classes; row++)
    for (let i = 0; i < features; i++) weight[row * features + i] = numbers[i * classes + row] ?? 0
  return { weight, bias: Float32Array.from(own), features }
}
