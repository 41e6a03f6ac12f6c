import { readdir, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import type { Task } from 'fp-ts/lib/Task.js'

import { DownloadProblem } from './download-problem.ts'
import { lockPath } from './run-lock.ts'

/** The place of one process that downloads a file, beside the file. */
export interface Slot {
  /** The path of the part that has come; a part that a killed process left is continued. */
  readonly part: string
  readonly release: Task<void>
}

/** The places for processes that download one file at the same time, each for itself. */
const slots: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7]

const partAt = (target: string, sha256: string, slot: number): string => `${target}.${sha256.slice(0, 8)}.${slot}.part`
const lockAt = (target: string, slot: number): string => `${target}.${slot}.lock`

/** Takes the first free place for a download to `target`. */
export const takeSlot = async (target: string, sha256: string): Promise<Slot> => {
  let problem = ''
  for (const slot of slots) {
    const lock = await lockPath(lockAt(target, slot))()
    if (E.isRight(lock)) return { part: partAt(target, sha256, slot), release: lock.right.release }
    problem = lock.left.message
  }
  throw new DownloadProblem(`no place is free beside ${target}: ${problem}`, false)
}

/** Removes the parts that ended or killed downloads of a file left; those still in use stay. */
export const clearSlots = async (target: string, sha256: string): Promise<void> => {
  const there = await readdir(dirname(target))
  for (const slot of slots) {
    const part = partAt(target, sha256, slot)
    const lockFile = lockAt(target, slot)
    if (![part, lockFile].some((path) => there.includes(basename(path)))) continue
    const lock = await lockPath(lockFile)()
    if (E.isLeft(lock)) continue
    await rm(part, { force: true })
    await lock.right.release()
  }
}
