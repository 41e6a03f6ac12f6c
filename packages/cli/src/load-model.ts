import { stat } from 'node:fs/promises'
import { join } from 'node:path'

import { decodeModel, RunError, toRunError, type LoadedModel } from '@ptu/experiments'
import { readBounded } from '@ptu/experiments/node'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { matching } from './matching-files.ts'

/** Files of models beyond 2 GiB are refused. */
export const modelLimit: number = 2 ** 31

/** Tells whether a path is a file. */
export const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )

/** The files of a model: the file itself, or a folder's model and, if there is one, the probe shipped beside it. */
export const modelFiles = (path: string): TE.TaskEither<RunError, readonly [string, ...string[]]> =>
  TE.tryCatch(
    async () => {
      const found = await stat(path).catch(() => undefined)
      if (found?.isDirectory() !== true) return [path]
      const model = join(path, 'model.safetensors')
      if (!(await isFile(model))) throw new RunError(await lackOf(path))
      const probe = join(path, 'probe.safetensors')
      return (await isFile(probe)) ? [model, probe] : [model]
    },
    (cause) => toRunError(cause as Error),
  )

const lackOf = async (path: string): Promise<string> =>
  (await isFile(join(path, '.ptu', 'settings.json')))
    ? `the training in ${path} did not end; go on with it: repeat ptu train with --resume`
    : `expected ${path} to be the folder of a model, it has no model.safetensors; make one with ptu train or ptu transfer`

/** Loads the model of a file or of a folder; nothing in it is trusted. The caller owns the parameters. */
export const loadModel = (path: string): TE.TaskEither<RunError, LoadedModel> =>
  pipe(
    modelFiles(path),
    TE.flatMap(([file]) => loadFile(file)),
  )

/** Loads a model and the probe that is shipped beside it, if there is one; the caller owns the parameters. */
export const loadModels = (path: string): TE.TaskEither<RunError, readonly [LoadedModel, ...LoadedModel[]]> =>
  pipe(
    modelFiles(path),
    TE.flatMap(TE.traverseSeqArray(loadFile)),
    TE.map((models) => models as readonly [LoadedModel, ...LoadedModel[]]),
  )

const loadFile = (path: string): TE.TaskEither<RunError, LoadedModel> =>
  pipe(
    readBounded(path, modelLimit),
    TE.mapLeft(toRunError),
    TE.tap((bytes) => matching(path, bytes)),
    TE.flatMap((bytes) =>
      pipe(
        decodeModel(bytes),
        TE.mapLeft(({ message }) => new RunError(`cannot use ${path}: ${message}`)),
      ),
    ),
  )
