import { resolve } from 'node:path'

import { key, permutation, type Json } from '@ptu/core'
import { take, type Dataset, type Encoding } from '@ptu/data'
import {
  decodeModel,
  encodeKept,
  exampleDigests,
  predictExamples,
  RunError,
  toRunError,
  type ExperimentError,
  type LoadedModel,
  type TrainedModel,
} from '@ptu/experiments'
import { startBackend } from '@ptu/experiments/node'
import { disposeParams, writeFile } from '@ptu/tensor'
import type { FolderFiles } from '@ptu/tfjs-layers'
import { getBackend } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { keptName } from './continued-model.ts'
import { digestsOf, type Digests } from './matching-files.ts'
import { encodeTrainedOn, trainedOnFile } from './trained-on.ts'

/** The examples that a page is checked by. */
const parityCount = 10

/**
 * Writes the folder of a trained model: for the command, for tfjs in Node and for pages.
 *
 * `earlier` are the digests of the examples of the training that it goes on from.
 */
export const saveTrained = (
  folder: string,
  trained: TrainedModel,
  earlier: ReadonlySet<string>,
): TE.TaskEither<ExperimentError, void> =>
  pipe(
    started(),
    TE.flatMap(() => loaded(trained)),
    TE.flatMap((models) => written(folder, { ...trained, earlierDigests: earlier }, models)),
  )

/** A trained model with the digests of the examples of the training that it goes on from. */
interface Saved extends TrainedModel {
  readonly earlierDigests: ReadonlySet<string>
}

/** A backend on this thread, for the few examples of the check. */
const started = (): TE.TaskEither<ExperimentError, unknown> => {
  const current: string | undefined = getBackend()
  return current ? TE.right(undefined) : startBackend('cpu')
}

const loaded = ({ model, second }: TrainedModel): TE.TaskEither<ExperimentError, readonly LoadedModel[]> =>
  pipe(
    [model, ...(second === null ? [] : [second])],
    TE.traverseSeqArray((bytes) => decodeModel(Uint8Array.from(bytes))),
  )

const written = (
  folder: string,
  trained: Saved,
  models: readonly LoadedModel[],
): TE.TaskEither<ExperimentError, void> =>
  pipe(
    TE.tryCatch(async () => {
      try {
        return await filesOf(trained, models)
      } finally {
        disposeParams(models.map(({ params }) => params))
      }
    }, E.toError),
    TE.flatMap((files) =>
      pipe(
        [...files],
        TE.traverseSeqArray(([name, content]) => writeFile(resolve(folder, name), content)),
      ),
    ),
    TE.bimap(toRunError, () => undefined),
  )

/** The files of the folder, by their paths below it. */
const filesOf = async (trained: Saved, models: readonly LoadedModel[]): Promise<FolderFiles> => {
  const { model, second, examples, kept, earlierDigests } = trained
  const inputs = some(examples)
  const networks = {
    'model.safetensors': Uint8Array.from(model),
    ...(second && { 'probe.safetensors': Uint8Array.from(second) }),
  }
  const files = {
    ...networks,
    ...(kept && { [keptName]: await encodeKept(kept) }),
    [trainedOnFile]: encodeTrainedOn([...new Set([...earlierDigests, ...(await exampleDigests(examples))])]),
  }
  // Pages cannot run encoders of texts yet: the folder is for the command.
  if (trained.encoding?.kind === 'tokens') return new Map(Object.entries(files))
  const digests = await digestsOf(networks)
  const parts = { models, inputs, expected: await expectedOf(models, inputs), files, digests }
  return trained.encoding === undefined ? photoFiles(parts) : vectorFiles(parts, trained.encoding)
}

/** The parts that a model folder is made from. */
interface FolderParts {
  readonly models: readonly LoadedModel[]
  readonly inputs: Dataset
  readonly expected: readonly (readonly number[])[]
  readonly files: Readonly<Record<string, Uint8Array | string>>
  /** The SHA-256 of the files of the networks, which the `model.json` remembers. */
  readonly digests: Digests
}

/** The files of a model that reads encoded rows or texts. */
const vectorFiles = async (
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
const photoFiles = async ({ models, inputs, expected, files, digests }: FolderParts): Promise<FolderFiles> => {
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

const some = (examples: Dataset): Dataset =>
  take(examples, permutation(key(0), examples.labels.length).slice(0, parityCount))

/** The mean of the models' probabilities, a list for each input. */
const expectedOf = async (models: readonly LoadedModel[], inputs: Dataset): Promise<readonly (readonly number[])[]> => {
  const found: Float32Array[] = []
  for (const model of models) found.push(await predictExamples(model, inputs))
  const classes = inputs.classes.length
  return Array.from(inputs.labels.keys(), (i) =>
    Array.from(
      { length: classes },
      (_, c) => found.reduce((sum, p) => sum + (p[i * classes + c] ?? 0), 0) / found.length,
    ),
  )
}
