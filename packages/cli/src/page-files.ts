import type { Json } from '@ptu/core'
import type { Dataset, Encoding } from '@ptu/data'
import { RunError, type LoadedModel } from '@ptu/experiments'
import type { FolderFiles } from '@ptu/tfjs-layers'

import type { Digests } from './matching-files.ts'

/** The parts that a model folder is made from. */
export interface FolderParts {
  readonly models: readonly LoadedModel[]
  readonly inputs: Dataset
  readonly expected: readonly (readonly number[])[]
  readonly files: Readonly<Record<string, Uint8Array | string>>
  /** The SHA-256 of the files of the networks, which the `model.json` remembers. */
  readonly digests: Digests
}

/** The files of a model that reads encoded rows or texts. */
export const vectorFiles = async (
  { models, inputs, expected, files, digests }: FolderParts,
  encoding: Encoding,
): Promise<FolderFiles> => {
  const { vectorFolderFiles, vectorLayersModel } = await import('@ptu/tfjs-layers')
  const [first, other] = models as readonly [LoadedModel, LoadedModel | undefined]
  const { normalisation, classes, method, shape } = first.facts
  const size = shape[0] ?? 0
  const made = vectorLayersModel(first.layer, first.params, {
    ...{
      size,
      normalisation,
      labels: classes,
      encoding: encoding as unknown as Json,
      name: 'ptu',
      metadata: { method, sha256: digests },
    },
    ...(other && { ensemble: { layer: other.layer, params: other.params } }),
  })
  try {
    return await vectorFolderFiles({
      model: made,
      inputs: Array.from(inputs.labels.keys(), (i) =>
        Float32Array.from(inputs.features.subarray(i * size, (i + 1) * size)),
      ),
      expected,
      files,
    })
  } finally {
    made.dispose()
  }
}

/** The files of a model that reads the pixels of images. */
export const photoFiles = async ({ models, inputs, expected, files, digests }: FolderParts): Promise<FolderFiles> => {
  // Keras layers take their time to load, and nothing else needs them.
  const { modelFolderFiles, photoLayersModel } = await import('@ptu/tfjs-layers')
  const [first, other] = models as readonly [LoadedModel, LoadedModel | undefined]
  const { image, normalisation, classes, method } = first.facts
  if (image === null) throw new RunError('expected a model of images')
  const made = photoLayersModel(first.layer, first.params, {
    ...image,
    ...{ normalisation, labels: classes, name: 'ptu', metadata: { method, sha256: digests } },
    ...(other && { ensemble: { layer: other.layer, params: other.params } }),
  })
  const size = inputs.features.length / inputs.labels.length
  const pixelsOf = (i: number): Uint8Array => Uint8Array.from(inputs.features.subarray(i * size, (i + 1) * size))
  try {
    return await modelFolderFiles({
      model: made,
      inputs: Array.from(inputs.labels.keys(), pixelsOf),
      expected,
      files,
    })
  } finally {
    made.dispose()
  }
}
