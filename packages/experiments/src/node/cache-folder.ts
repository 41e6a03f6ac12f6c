import { mkdtemp, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

import { messageOf } from '@ptu/core'
import { makeFolder } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { RunError } from '../errors.ts'

/** A folder that can be written to, and warnings for the user. */
export interface CacheFolder {
  readonly folder: string
  /** The reasons why it is not the preferred one, one sentence for each folder that was passed over. */
  readonly warnings: readonly string[]
}

/**
 * Finds the first folder that can be written to, and makes it if it is missing.
 *
 * A home folder may be read-only or missing in a container: `fallbacks` are then tried in their order. A Left if none
 * can be written.
 *
 * @example
 * ```ts
 * const found = await cacheFolder('/dev/null/models', ['models'])()
 * expect(found).toMatchObject({ right: { folder: 'models', warnings: [expect.stringContaining('/dev/null')] } })
 * ```
 */
export const cacheFolder =
  (preferred: string, fallbacks: readonly string[]): TaskEither<RunError, CacheFolder> =>
  async () => {
    const problems: string[] = []
    for (const folder of [preferred, ...fallbacks]) {
      const problem = await problemOf(folder)
      if (problem === undefined)
        return E.right({ folder, warnings: problems.map((passed) => `${passed}; ${folder} is used instead`) })
      problems.push(problem)
    }
    return E.left(new RunError(`${problems.join('; ')}; name a folder that can be written to`))
  }

/**
 * Tries to write to a folder: permissions do not show that a file system is read-only, and do not stop the superuser.
 */
const problemOf = async (folder: string): Promise<string | undefined> => {
  const made = await makeFolder(folder)()
  if (E.isLeft(made)) return made.left.message
  try {
    await rmdir(await mkdtemp(join(folder, '.probe-')))
    return undefined
  } catch (cause) {
    return `cannot write to ${folder}: ${messageOf(cause)}`
  }
}
