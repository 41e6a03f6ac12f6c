import { isRecord, OptionError } from '@ptu/core'
import { scope } from '@ptu/tensor'
import { tensor2d, type Tensor } from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'

import { LayersModelError } from '../errors.ts'
import { artifactsOf, modelFilesOf } from './artifacts.ts'
import { labelLines, ParityError, plainName, type FolderFiles } from './model-folder.ts'
import { parityTolerance } from './parity.ts'

/** The content of the folder of a model for rows or texts. */
export interface VectorFolderOptions {
  /** A model of `vectorLayersModel`. */
  readonly model: LayersModel
  /** Encoded examples to compare by, about ten. */
  readonly inputs: readonly Float32Array[]
  /** The outputs of the trained network for them. */
  readonly expected: readonly (readonly number[])[]
  /** Further files, by plain names. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>
}

/**
 * The files of a model folder for rows or texts: `model.json` and `weights.bin` for `tf.loadLayersModel`, `labels.txt` and
 * `parity.json`, whose examples are `{ input, probabilities }` with the encoded numbers as they are.
 *
 * Rejects with {@link ParityError} where the model is further than 1e-4 from what is `expected`, and with `OptionError` for
 * inputs of a wrong size. Borrows the model.
 */
export const vectorFolderFiles = async ({
  model,
  inputs,
  expected,
  files = {},
}: VectorFolderOptions): Promise<FolderFiles> => {
  const labels = labelsOf(model)
  const size = model.inputs[0]?.shape[1] ?? 0
  if (inputs.length === 0 || inputs.length !== expected.length || inputs.some(({ length }) => length !== size))
    throw new OptionError(`expected inputs of ${size} numbers and as many expected outputs, got ${inputs.length}`)
  await checkOutputs(model, inputs, expected)
  const { json, weights } = await modelFilesOf(await artifactsOf(model))
  const parity = {
    ...{ format: 'ptu-parity', version: 1, shape: [size], tolerance: parityTolerance },
    examples: inputs.map((input, i) => ({ input: [...input], probabilities: expected[i] })),
  }
  return new Map<string, Uint8Array | string>([
    ['weights.bin', weights],
    ['model.json', JSON.stringify(json)],
    ['labels.txt', labelLines(labels)],
    ['parity.json', JSON.stringify(parity)],
    ...Object.entries(files).map(([name, content]) => [plainName(name), content] as const),
  ])
}

const labelsOf = (model: LayersModel): readonly string[] => {
  const metadata: unknown = model.getUserDefinedMetadata()
  const labels = isRecord(metadata) && 'encoding' in metadata ? metadata['labels'] : undefined
  if (Array.isArray(labels) && labels.every((label) => typeof label === 'string')) return labels
  throw new LayersModelError(
    `expected a model of vectorLayersModel, got ${model.name}, whose metadata have no encoding`,
  )
}

const checkOutputs = async (
  model: LayersModel,
  inputs: readonly Float32Array[],
  expected: readonly (readonly number[])[],
): Promise<void> => {
  const output = scope(() => model.predict(tensor2d(inputs.map((input) => [...input]))) as Tensor)
  const found = await output.data()
  output.dispose()
  const wanted = expected.flat()
  const difference =
    found.length === wanted.length ? Math.max(...wanted.map((p, i) => Math.abs(p - (found[i] ?? NaN)))) : NaN
  if (difference <= parityTolerance) return
  throw new ParityError(
    `the exported model differs from the trained network by ${difference} in a probability, ${parityTolerance} is ` +
      'allowed: nothing was written; export on the cpu or wasm backend, and report it if it stays',
  )
}
