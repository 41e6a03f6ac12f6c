import { constants, readFileSync, rmSync } from 'node:fs'
import { copyFile, link, lstat, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { codeOf, messageOf } from '@ptu/core'
import type { Task } from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { RunError } from '../errors.ts'
import { printable } from '../printable.ts'
import { decodeOwner, encodeOwner, stateOf, thisProcess, type LockOwner } from './run-lock-owner.ts'

/** A lock that this process holds. */
export interface Lock {
  /** Gives the lock back; a second call does nothing. */
  readonly release: Task<void>
}

/** The file in a locked folder. */
export const lockName = 'run.lock'

/**
 * Takes a folder for this process alone, until it is released or the process ends.
 *
 * If several processes ask at the same time, one gets it. A lock whose process is gone, for instance killed, is taken
 * over. A Left if a process holds it, or may hold it on another machine: the message names the process and a remedy.
 *
 * @example
 * ```ts
 * const first = await lockFolder('.')()
 * const second = await lockFolder('.')()
 * expect([first._tag, second._tag]).toEqual(['Right', 'Left'])
 * ```
 */
export const lockFolder = (folder: string): TE.TaskEither<RunError, Lock> => lockPath(join(folder, lockName))

/** Takes a lock file at any path whose folder exists; see {@link lockFolder}. */
export const lockPath = (path: string): TE.TaskEither<RunError, Lock> =>
  TE.tryCatch(
    async () => holding(path, await acquire(path, await thisProcess())),
    (cause) => (cause instanceof RunError ? cause : new RunError(`cannot lock ${path}: ${messageOf(cause)}`)),
  )

/**
 * Makes the lock that releases a file. The file is also removed at the end of the process; after a kill it stays for
 * the next process.
 */
const holding = (path: string, { token }: LockOwner): Lock => {
  const remove = (): void => {
    try {
      // Someone may have removed it by hand, and another run taken the folder.
      if (decodeOwner(readFileSync(path, 'utf8'))?.token === token) rmSync(path)
    } catch {
      // It is gone, or the folder is; then there is nothing to give back.
    }
  }
  process.once('exit', remove)
  return {
    release: () => {
      process.off('exit', remove)
      remove()
      return Promise.resolve()
    },
  }
}

/** Tries to take a lock a few times, because another process may be about to release or to finish its file. */
const acquire = async (path: string, us: LockOwner, tries = 20): Promise<LockOwner> => {
  if (await created(path, us)) return us
  const owner = await ownerIn(path)
  if (owner !== undefined) {
    const state = await stateOf(owner, us)
    if (state !== 'gone') throw new RunError(refusal(path, owner, state, us))
    if (await tookOver(path, owner, us)) return us
  }
  if (tries > 1) {
    await sleep(10)
    return acquire(path, us, tries - 1)
  }
  throw new RunError(
    `expected ${path} to name the process that holds it, it does not; if no other run uses the folder, remove that file`,
  )
}

const refusal = (
  path: string,
  { pid, host, since }: LockOwner,
  state: 'running' | 'elsewhere',
  us: LockOwner,
): string =>
  state === 'running'
    ? `another run uses ${path}: ${pid === us.pid ? 'this process' : `process ${pid}`}, since ${printable(since)}; ` +
      'wait for it, end it, or use another folder'
    : `a run on ${printable(host)} took ${path} at ${printable(since)}, and whether it still goes on cannot be seen from ` +
      `here; if it does not, remove that file and repeat, else use another folder`

/** The most bytes of a lock file; those written here are shorter. */
const longest = 10_000

const ownerIn = async (path: string): Promise<LockOwner | undefined> => {
  try {
    const found = await lstat(path)
    return found.isFile() && found.size <= longest ? decodeOwner(await readFile(path, 'utf8')) : undefined
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    throw cause
  }
}

/** Makes the lock file if there is none; it appears with its content. */
const created = async (path: string, us: LockOwner): Promise<boolean> => {
  const own = await written(path, us)
  try {
    // Some file systems have no links: a copy that refuses to replace is as exclusive.
    await link(own, path).catch((cause: unknown) => {
      if (codeOf(cause) === 'EEXIST') throw cause
      return copyFile(own, path, constants.COPYFILE_EXCL)
    })
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw cause
  } finally {
    await rm(own, { force: true })
  }
}

const written = async (path: string, us: LockOwner): Promise<string> => {
  const own = `${path}.${crypto.randomUUID()}.tmp`
  await writeFile(own, encodeOwner(us), { flag: 'wx' })
  return own
}

/**
 * Replaces the lock of a process that is gone.
 *
 * Two processes that find the same lost lock must not both replace it, and the second must not replace the new lock of
 * the first. So a process first takes a lock on the replacement, named after the token of the lost lock, and looks
 * again. If that lock is lost too, the same rule replaces it.
 */
const tookOver = async (path: string, lost: LockOwner, us: LockOwner): Promise<boolean> => {
  const guard = `${path}.${lost.token.replaceAll(/[^\w-]/g, '').slice(0, 36)}`
  const holder = await acquire(guard, { ...us, token: crypto.randomUUID() }).catch((cause: unknown) => {
    if (cause instanceof RunError) return undefined // someone else replaces it now
    throw cause
  })
  if (holder === undefined) return false
  try {
    if ((await ownerIn(path))?.token !== lost.token) return false
    await replace(await written(path, us), path)
    return true
  } finally {
    await rm(guard, { force: true })
  }
}

const replace = async (own: string, path: string): Promise<void> => {
  try {
    await rename(own, path)
  } catch (cause) {
    await rm(own, { force: true })
    throw cause
  }
}
