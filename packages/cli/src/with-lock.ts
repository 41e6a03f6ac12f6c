import { RunError, type ExperimentError } from '@ptu/experiments'
import { lockFolder, type Lock } from '@ptu/experiments/node'
import { makeFolder } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

/** Holds the folder of a run while it is used, so that a second process is told who has it. Makes the folder. */
export const withLock = <A>(
  folder: string,
  use: TE.TaskEither<ExperimentError, A>,
): TE.TaskEither<ExperimentError, A> =>
  pipe(
    makeFolder(folder),
    TE.mapLeft(({ message }) => new RunError(`cannot write to ${folder}: ${message}; name another folder with --out`)),
    TE.flatMap(() =>
      TE.bracket<ExperimentError, Lock, A>(
        lockFolder(folder),
        () => use,
        (lock) => TE.fromTask(lock.release),
      ),
    ),
  )
