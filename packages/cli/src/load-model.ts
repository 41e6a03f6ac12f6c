import { decodeModel, RunError, toRunError, type LoadedModel } from '@ptu/experiments'
import { readFile } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

/** Files of models beyond 2 GiB are refused. */
const limit = 2 ** 31

/** Loads a model's file; nothing in it is trusted. The caller owns the parameters. */
export const loadModel = (path: string): TE.TaskEither<RunError, LoadedModel> =>
  pipe(
    readFile(path, limit),
    TE.mapLeft(toRunError),
    TE.flatMap((bytes) =>
      pipe(
        decodeModel(bytes),
        TE.mapLeft(({ message }) => new RunError(`cannot use ${path}: ${message}`)),
      ),
    ),
  )
