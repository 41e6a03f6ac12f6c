import { RunError, type ExperimentError } from '@ptu/experiments'
import { lockFolder, type Lock } from '@ptu/experiments/node'
import { makeFolder } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

/** Holds the folder of a run while it is used, so that a second process learns who has it. Makes the folder. */
export const withLock = <A>(
  folder: string,
  use: TE.TaskEither<ExperimentError, A>,
): TE.TaskEither<ExperimentError, A> =>
  pipe(
    makeFolder(folder),
    TE.mapLeft(({ message }) => new RunError(`cannot write to ${folder}: ${message}; name another folder with --out`)),
    TE.flatMap(() =>
      TE.bracket<ExperimentError, Lock, A>(
        pipe(lockFolder(folder), TE.mapLeft(remedied)),
        () => use,
        (lock) => TE.fromTask(lock.release),
      ),
    ),
  )

/** A folder that cannot be locked at all cannot be written: the message says what to do about it. */
const remedied = (error: RunError): RunError =>
  error.message.startsWith('cannot lock') ? new RunError(`${error.message}; name another folder with --out`) : error
