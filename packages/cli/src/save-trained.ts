import { resolve } from 'node:path'

import { key, permutation } from '@ptu/core'
import { take, type Dataset } from '@ptu/data'
import {
  decodeModel,
  encodeKept,
  exampleDigests,
  predictExamples,
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
import { digestsOf } from './matching-files.ts'
import { photoFiles, vectorFiles } from './page-files.ts'
import { encodeTrainedOn, trainedOnFile } from './trained-on.ts'

/** The examples that a page is checked by. */
const parityCount = 10

/**
 * Writes the folder of a trained model: for the command, for tfjs in Node and for pages. A network that tfjs-layers cannot hold is
 * kept for the command alone; the result is then the reason.
 *
 * `earlier` are the digests of the examples of the training that it goes on from.
 */
export const saveTrained = (
  folder: string,
  trained: TrainedModel,
  earlier: ReadonlySet<string>,
): TE.TaskEither<ExperimentError, string | undefined> =>
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
): TE.TaskEither<ExperimentError, string | undefined> =>
  pipe(
    TE.tryCatch(async () => {
      try {
        return await filesOf(trained, models)
      } finally {
        disposeParams(models.map(({ params }) => params))
      }
    }, E.toError),
    TE.flatMap(({ files, pageless }) =>
      pipe(
        [...files],
        TE.traverseSeqArray(([name, content]) => writeFile(resolve(folder, name), content)),
        TE.map(() => pageless),
      ),
    ),
    TE.mapLeft(toRunError),
  )

/** The files of a folder, by their paths below it. */
interface SavedFiles {
  readonly files: FolderFiles
  /** The reason that there is no model of tfjs and no page among them. */
  readonly pageless: string | undefined
}

const filesOf = async (trained: Saved, models: readonly LoadedModel[]): Promise<SavedFiles> => {
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
  if (examples.targets !== undefined)
    return forTheCommand(files, 'pages name one class each; export it with ptu export')
  if (trained.encoding?.kind === 'tokens') return forTheCommand(files, 'pages cannot number texts by a tokenizer yet')
  const digests = await digestsOf(networks)
  const parts = { models, inputs, expected: await expectedOf(models, inputs), files, digests }
  const { LayersModelError } = await import('@ptu/tfjs-layers')
  try {
    const made = await (trained.encoding === undefined ? photoFiles(parts) : vectorFiles(parts, trained.encoding))
    return { files: made, pageless: undefined }
  } catch (cause) {
    if (cause instanceof LayersModelError) return forTheCommand(files, cause.message)
    throw cause
  }
}

const forTheCommand = (files: Readonly<Record<string, Uint8Array | string>>, pageless: string): SavedFiles => ({
  files: new Map(Object.entries(files)),
  pageless,
})

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
