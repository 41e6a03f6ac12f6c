import { OptionError, type Json } from '@ptu/core'
import type { LayersModel } from '@tensorflow/tfjs-layers'

import { LayersModelError } from '../errors.ts'
import { indexHtml } from '../page/index-html.ts'
import { pixelsJs } from '../page/pixels-js.ts'
import { photoFactsIn, type PhotoFacts } from '../photos/photo-rule.ts'
import { artifactsOf, modelFilesOf } from './artifacts.ts'
import { checkParity, encodeParity, parityTolerance, probabilitiesOf, type Parity } from './parity.ts'
import { teachableMetadata, teachableTopology } from './teachable-machine.ts'

/** A model does not compute what is expected of it. */
export class ParityError extends Error {
  override readonly name = 'ParityError'
}

/** The contents of a model folder. */
export interface ModelFolderOptions {
  /** A model of `photoLayersModel`. */
  readonly model: LayersModel
  /** Pictures to compare by, about ten, each `[height, width, channels]` in bytes. */
  readonly inputs: readonly Uint8Array[]
  /** The trained network's probabilities for the inputs; unless given, those that the model computes here. */
  readonly expected?: readonly (readonly number[])[]
  /** Further facts; they go into the metadata of Teachable Machine. */
  readonly facts?: Readonly<Record<string, Json>>
  /** The address of TensorFlow.js for the sample page; unless given, a public one. */
  readonly tfjs?: string
  /** Further files, by plain names. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>
}

/** The files of a folder by their paths below it. */
export type FolderFiles = ReadonlyMap<string, Uint8Array | string>

/**
 * The files of a model folder: `model.json` and `weights.bin` for `tf.loadLayersModel`, `labels.txt`, `parity.json`,
 * `pixels.js`, which makes in a page the pixels that the model was trained on, the sample page `index.html`, and for
 * square pictures `teachable-machine/model.json` and `metadata.json`, which `@teachablemachine/image` loads.
 *
 * That loader crops to the middle square and resizes with the browser's canvas, so its probabilities are close to those
 * of `pixels.js`, not equal.
 *
 * Rejects with {@link ParityError} if the model is further than 1e-4 from the `expected` probabilities, with
 * `LayersModelError` for a model that is not of `photoLayersModel`, and with `OptionError` for inputs of a wrong size.
 * Borrows the model.
 *
 * @example
 * ```ts
 * const network = serial(flatten, dense(2))
 * const model = photoLayersModel(network, network.init(key(0), [2, 2, 1]), {
 *   ...{ size: [2, 2], channels: 1, labels: ['cat', 'dog'] },
 *   normalisation: { mean: 0, deviation: 255 },
 * })
 * const files = await modelFolderFiles({ model, inputs: [Uint8Array.of(0, 50, 100, 255)] })
 * expect(files.get('labels.txt')).toBe('cat\ndog\n')
 * ```
 */
export const modelFolderFiles = async (options: ModelFolderOptions): Promise<FolderFiles> => {
  const { model, files = {} } = options
  const facts = photoFactsIn(model.getUserDefinedMetadata())
  if (facts === undefined)
    throw new LayersModelError(`expected a model of photoLayersModel, got ${model.name}, whose metadata have no photo`)
  const parity = await parityOf(options, facts)
  const { json, weights } = await modelFilesOf(await artifactsOf(model))
  return new Map<string, Uint8Array | string>([
    ['weights.bin', weights],
    ['model.json', JSON.stringify(json)],
    ['labels.txt', labelLines(facts.labels)],
    ['parity.json', JSON.stringify(encodeParity(parity))],
    ['pixels.js', pixelsJs],
    ['index.html', indexHtml(options.tfjs)],
    ...teachableFiles(json, facts, options),
    ...Object.entries(files).map(([name, content]) => [plainName(name), content] as const),
  ])
}

const parityOf = async (
  { model, inputs, expected }: ModelFolderOptions,
  { rule: { size, channels } }: PhotoFacts,
): Promise<Parity> => {
  const shape = [...size, channels] as const
  const length = size[0] * size[1] * channels
  const other = inputs.find((pixels) => pixels.length !== length)
  if (inputs.length === 0 || other !== undefined)
    throw new OptionError(`expected inputs of ${length} pixels (${shape.join(' × ')}), got ${other?.length ?? 'none'}`)
  if (expected !== undefined && expected.length !== inputs.length)
    throw new OptionError(`expected probabilities for each of ${inputs.length} inputs, got ${expected.length}`)
  const wanted = expected ?? (await probabilitiesOf(model, shape, inputs))
  const examples = inputs.map((pixels, i) => ({ pixels, probabilities: wanted[i] ?? [] }))
  const parity: Parity = { shape, tolerance: parityTolerance, examples }
  const difference = expected === undefined ? 0 : await checkParity(model, parity)
  if (difference <= parityTolerance) return parity
  throw new ParityError(
    `the exported model differs from the trained network by ${difference} in a probability, ${parityTolerance} is ` +
      'allowed: nothing was written; export on the cpu or wasm backend, and report it if it stays',
  )
}

/** The content of `labels.txt`: a label a line. */
export const labelLines = (labels: readonly string[]): string => labels.map((label) => `${oneLine(label)}\n`).join('')

/** Line breaks and other control characters of a label as spaces. */
const oneLine = (label: string): string => label.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')

/** The loader knows square pictures only. It shares the weights. */
const teachableFiles = (
  json: Readonly<Record<string, unknown>>,
  { labels, rule: { size, channels } }: PhotoFacts,
  { model, facts = {} }: ModelFolderOptions,
): readonly (readonly [string, string])[] => {
  const [side, width] = size
  if (side !== width) return []
  const [group] = json['weightsManifest'] as readonly [object]
  const shared = [{ ...group, paths: ['../weights.bin'] }]
  const topology = teachableTopology(json['modelTopology'])
  const metadata = teachableMetadata(model.name, labels, { side, grey: channels === 1, facts })
  return [
    ['teachable-machine/model.json', JSON.stringify({ ...json, modelTopology: topology, weightsManifest: shared })],
    ['teachable-machine/metadata.json', JSON.stringify(metadata)],
  ]
}

const own: ReadonlySet<string> = new Set([
  'model.json',
  'weights.bin',
  'labels.txt',
  'parity.json',
  'teachable-machine',
])

/** The name of a further file; throws where it is not plain or one of the model's own. */
export const plainName = (name: string): string => {
  if (/^[\w-][\w .-]*$/.test(name) && !own.has(name)) return name
  throw new OptionError(
    `expected the name of a further file to be plain and not one of ${[...own].join(', ')}, got ${name}`,
  )
}
