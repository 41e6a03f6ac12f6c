import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { type Json, messageOf } from '@ptu/core'
import { readJson } from '@ptu/config'
import { makeFolder, writeFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { canonical } from '../digest.ts'
import { RunError, toRunError, UsageError, type CliError } from '../errors.ts'

/** What may be done with a folder that is there already. */
export interface FolderOptions {
  /** Go on with the run in it. */
  readonly resume: boolean
  /** Remove a run of the same command from it. */
  readonly replace: boolean
}

/** A record of a run: what must be equal for a run to go on. */
export type RunRecord = Readonly<Record<string, Json>>

/** Results are text; a longer one was not written here. */
const limit = 100_000_000

/** The file that marks a folder as that of a run. */
const marker = 'settings.json'

/**
 * Makes the folder of a run, or opens it to go on. `settings` is all that the numbers depend on.
 *
 * A folder whose run did not get to any result counts as empty. A Left where it holds something else, cannot be
 * written, or holds a run with other settings.
 */
export const openFolder = (
  folder: string,
  settings: RunRecord,
  { resume, replace }: FolderOptions,
): TE.TaskEither<CliError, void> =>
  pipe(
    contentOf(folder),
    TE.flatMap((names): TE.TaskEither<CliError, void> => {
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
    TE.flatMap(() => agree(join(folder, marker), settings)),
  )

const contentOf = (folder: string): TE.TaskEither<RunError, readonly string[]> =>
  pipe(
    makeFolder(folder),
    TE.flatMap(() => TE.tryCatch(() => readdir(folder), E.toError)),
    TE.mapLeft(({ message }) => new RunError(`cannot write to ${folder}: ${message}; name another folder with --out`)),
  )

/** What a run leaves behind. */
const products = [
  'jobs',
  'settings.json',
  'data.json',
  'results.json',
  'report.html',
  'model.safetensors',
  'checkpoint.safetensors',
]

const clear = (folder: string): TE.TaskEither<RunError, void> =>
  TE.tryCatch(
    async () => {
      for (const name of products) await rm(join(folder, name), { recursive: true, force: true })
    },
    (cause) => new RunError(`cannot replace the run in ${folder}: ${messageOf(cause)}`),
  )

/** Writes a record where there is none; where there is one, a Left that says what differs. */
export const agree = (path: string, ours: RunRecord): TE.TaskEither<CliError, void> =>
  pipe(
    exists(path),
    TE.fromTask,
    TE.flatMap((there): TE.TaskEither<CliError, void> => (there ? compareWith(path, ours) : writeJson(path, ours))),
  )

const exists = (path: string) => (): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const compareWith = (path: string, ours: RunRecord): TE.TaskEither<CliError, void> =>
  pipe(
    readJson(path, limit),
    TE.mapLeft(toRunError),
    TE.flatMapEither((theirs): E.Either<CliError, void> => {
      const there = typeof theirs === 'object' && theirs !== null ? (theirs as RunRecord) : {}
      const differences = [...new Set([...Object.keys(ours), ...Object.keys(there)])].filter(
        (name) => canonical(there[name] ?? null) !== canonical(ours[name] ?? null),
      )
      if (differences.length === 0) return E.right(undefined)
      const told = differences.map((name) => `\n  ${name}: ${shown(there[name])} there, ${shown(ours[name])} now`)
      return E.left(
        new UsageError(
          `cannot continue the run of ${path}: it had other settings; use these or another --out${told.join('')}`,
        ),
      )
    }),
  )

const shown = (value: Json | undefined): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** Writes a document whole or not at all. */
export const writeJson = (path: string, value: Json): TE.TaskEither<RunError, void> =>
  pipe(writeFile(path, `${JSON.stringify(value, null, 2)}\n`), TE.mapLeft(toRunError))

/** Reads a document of any origin. */
export const readDocument = (path: string): TE.TaskEither<RunError, unknown> =>
  pipe(readJson(path, limit), TE.mapLeft(toRunError))
