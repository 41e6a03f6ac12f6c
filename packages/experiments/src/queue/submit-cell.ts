import { setTimeout as sleep } from 'node:timers/promises'

import { messageOf } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'

import { atMost } from '../at-most.ts'
import { InterruptedError, RunError, UsageError, type ExperimentError } from '../errors.ts'
import type { OnStep } from '../progress.ts'
import type { JobResult } from '../results/results.ts'
import type { Cell } from '../run/cell.ts'
import type { Cells } from '../run/cells.ts'
import type { Comparison } from '../run/comparison.ts'
import { jobName, type Job } from '../run/job.ts'
import type { Follower } from './follower.ts'
import { notThere } from './grid-file.ts'
import { payloadOf } from './payload.ts'

/** A cell to submit. */
export interface Asked {
  /** The SHA-256 of the file of its grid. */
  readonly grid: string
  readonly comparison: Comparison
  readonly job: Job
  readonly onStep: OnStep
}

/** Submits a cell, follows it to its end and reads its result. */
export type Submit = (
  follower: Pick<Follower, 'follow' | 'abandon'>,
  asked: Asked,
) => Promise<E.Either<ExperimentError, JobResult>>

const otherStore =
  'expected the workers of the queue to have the store of this command, got one with another: what is put into one is not there in the ' +
  'other; give the same --store here and to every ptu worker, and repeat with --resume'

/**
 * Makes a function that submits cells of a product version, whose results arrive among `cells`.
 *
 * Once a worker shows that it has another store, and no result ever arrived here, no cell is waited for any more.
 * Thousands are waited for at the same time, so each holds little: one promise and no cell, which is asked for anew.
 */
export const submitting = (ptu: string, cells: Cells): Submit => {
  const limited = atMost(64) // so that thousands of cells take little memory on their way
  let shares = false
  return async (follower, { grid, comparison, job, onStep }) => {
    try {
      const { key } = await limited(() => cells.cellOf(comparison, job))
      await follower.follow(key, payloadOf(ptu, grid, job), onStep)
      const result = await arriving(cells, await cells.cellOf(comparison, job))
      if (result === undefined) throw new LostError(key)
      shares = true
      return E.right(result)
    } catch (cause) {
      if (cause instanceof InterruptedError || cause instanceof UsageError) return E.left(cause)
      const isElsewhere = cause instanceof LostError || messageOf(cause) === notThere(grid)
      if (shares || !isElsewhere) return E.left(new RunError(`${jobName(job)}: ${messageOf(cause)}`))
      const mistyped = new UsageError(otherStore)
      follower.abandon(mistyped)
      return E.left(mistyped)
    }
  }
}

/** The result of a cell that the queue says is done does not arrive. */
class LostError extends Error {
  override readonly name = 'LostError'
  constructor(key: string) {
    super(
      `the queue says that it is done, but the store here does not have ${key.slice(0, 16)}…; ` +
        'is --store the same place on all machines?',
    )
  }
}

/** The result of a cell that is done. A network file system may take some seconds to show a new file. */
const arriving = async (cells: Cells, cell: Cell, tries = 10): Promise<JobResult | undefined> => {
  const found = await cells.find(cell)()
  if (E.isLeft(found)) throw found.left
  if (found.right !== undefined || tries === 1) return found.right
  await sleep(500)
  return arriving(cells, cell, tries - 1)
}
