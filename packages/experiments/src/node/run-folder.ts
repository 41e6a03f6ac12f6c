import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { messageOf } from '@ptu/core'
import { makeFolder } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { lockName } from './run-lock.ts'
import { RunError, UsageError, type ExperimentError } from '../errors.ts'

/** The ways in which a folder that is already there may be used. */
export interface FolderOptions {
  /** Go on with the run in it. */
  readonly resume: boolean
  /** Remove a run of the same command from it. */
  readonly replace: boolean
}

/** The file that marks a folder as that of a run. */
const marker = 'settings.json'

/**
 * Makes the folder of a run, or opens it to go on.
 *
 * A folder whose run has no result yet counts as empty. A Left if the folder holds something else or cannot be written.
 */
export const openRunFolder = (
  folder: string,
  { resume, replace }: FolderOptions,
): TE.TaskEither<ExperimentError, void> =>
  pipe(
    contentOf(folder),
    TE.flatMap((names): TE.TaskEither<ExperimentError, void> => {
      if (resume || names.length === 0) return TE.right(undefined)
      if (names.every((name) => name === marker) || (replace && names.includes(marker))) return clear(folder)
      return TE.left(
        new UsageError(
          `expected ${folder} to be empty, it holds ${names.slice(0, 3).join(', ')}; ` +
            (names.includes(marker)
              ? 'continue the run in it with --resume, or name another --out'
              : 'name another --out'),
        ),
      )
    }),
  )

const contentOf = (folder: string): TE.TaskEither<RunError, readonly string[]> =>
  pipe(
    makeFolder(folder),
    TE.flatMap(() => TE.tryCatch(() => readdir(folder), E.toError)),
    TE.map((names) => names.filter((name) => !name.startsWith(lockName))),
    TE.mapLeft(({ message }) => new RunError(`cannot write to ${folder}: ${message}; name another folder with --out`)),
  )

/** All that a run leaves behind. */
const products = ['checkpoints', 'jobs', 'trials', 'settings.json', 'results.json', 'report.html', 'model.safetensors']

const clear = (folder: string): TE.TaskEither<RunError, void> =>
  TE.tryCatch(
    async () => {
      for (const name of products) await rm(join(folder, name), { recursive: true, force: true })
    },
    (cause) => new RunError(`cannot replace the run in ${folder}: ${messageOf(cause)}`),
  )
