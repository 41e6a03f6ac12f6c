import { readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

import { codeOf } from '@ptu/core'
import { RunError, UsageError, type ExperimentError } from '@ptu/experiments'
import { fileReason, makeFolder, writeFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

/** A folder that is to be written, and what may be there already. */
export interface FolderToWrite {
  readonly path: string
  /** The names of files that may be replaced; any other file is somebody else's. */
  readonly own: readonly string[]
  /** True if files of these names may be replaced. */
  readonly replaces: boolean
}

/**
 * Checks that a folder may be written: it is not there, or empty, or holds nothing but files that may be replaced. A Left
 * leaves it as it is.
 */
export const checkFolder = ({ path, own, replaces }: FolderToWrite): TE.TaskEither<ExperimentError, void> =>
  pipe(
    TE.tryCatch(() => readdir(path), (cause) => cause), // prettier-ignore
    TE.orElse((cause) =>
      codeOf(cause) === 'ENOENT'
        ? TE.right([])
        : TE.left(new RunError(`cannot write to ${path}: ${fileReason(cause)}; name another folder with --out`)),
    ),
    TE.flatMap((names) => {
      const others = names.filter((name) => !own.includes(name))
      if (names.length === 0 || (replaces && others.length === 0)) return TE.right(undefined)
      const held = (others.length > 0 ? others : names).slice(0, 3).join(', ')
      return TE.left(
        new UsageError(
          `expected ${path} to be empty, it holds ${held}; ${others.length > 0 ? '' : 'replace it with --replace, or '}name another --out`,
        ),
      )
    }),
  )

/**
 * Writes a folder whole or not at all: a folder beside it is written and renamed. Call {@link checkFolder} first. A process
 * that is killed between two renames leaves what was there as `NAME.….old`.
 */
export const writeFolder = (
  path: string,
  files: ReadonlyMap<string, Uint8Array | string>,
): TE.TaskEither<ExperimentError, void> =>
  TE.tryCatch(
    async () => {
      const target = await realpath(path).catch(() => resolve(path))
      const fresh = `${target}.${crypto.randomUUID()}.tmp`
      try {
        await settled(makeFolder(fresh))
        for (const [name, content] of files) {
          if (name.includes('/')) await settled(makeFolder(join(fresh, dirname(name))))
          await settled(writeFile(join(fresh, name), content))
        }
        await putInPlace(fresh, target)
      } catch (cause) {
        await rm(fresh, { recursive: true, force: true })
        throw cause
      }
    },
    (cause) => new RunError(`cannot write ${path}: ${fileReason(cause)}`),
  )

const putInPlace = async (fresh: string, target: string): Promise<void> => {
  const isThere = await stat(target).then(() => true, () => false) // prettier-ignore
  const old = `${fresh}.old`
  if (isThere) await rename(target, old)
  await rename(fresh, target).catch(async (cause: unknown) => {
    if (isThere) await rename(old, target)
    throw cause
  })
  await rm(old, { recursive: true, force: true })
}

const settled = async <A>(task: TE.TaskEither<Error, A>): Promise<A> => {
  const done = await task()
  if (E.isLeft(done)) throw done.left
  return done.right
}
