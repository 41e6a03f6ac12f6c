import { messageOf } from '@ptu/core'
import type { Job } from 'bullmq'

import { UsageError } from '../errors.ts'
import type { OnStep } from '../progress.ts'
import { CellError, computeCell, EmptyStoreError, type ComputePlace } from './compute.ts'
import type { QueueConnection } from './connect.ts'
import { cancelledKey } from './names.ts'

/** A cell that the queue handed out. */
export interface HandedOut {
  readonly job: Job
  /** The token of its lock. */
  readonly token: string
  /** Ends the worker, which leaves this cell and all others to other workers. */
  readonly leave: (reason: UsageError) => void
}

/**
 * Computes a cell that the queue handed out.
 *
 * Throws what the queue understands: that the cell is tried again, that it is not, or that it went back as it was.
 */
export const computeJob = async (
  { bullmq, client }: QueueConnection,
  place: ComputePlace,
  { job, token, leave }: HandedOut,
): Promise<void> => {
  const name = job.id ?? ''
  try {
    await computeCell(place, name, job.data, reporting(job))
  } catch (cause) {
    if (cause instanceof EmptyStoreError) {
      leave(new UsageError(cause.message)) // first, else the next cell is taken
      await job.moveToWait(token)
      throw new bullmq.WaitingError(cause.message)
    }
    const grid = (job.data as { readonly grid?: unknown } | undefined)?.grid
    const isCancelled = typeof grid === 'string' && (await client.exists(cancelledKey(grid))) === 1
    if (isCancelled) throw new bullmq.UnrecoverableError('the grid was cancelled')
    if (cause instanceof CellError && !cause.mayPass) throw new bullmq.UnrecoverableError(cause.message)
    throw new Error(messageOf(cause))
  }
}

/** Tells a job's progress to all who follow it, at most once a second. */
const reporting = (job: Job): OnStep => {
  let last = 0
  return (done, total) => {
    const now = performance.now()
    if (now - last < 1000) return
    last = now
    job.updateProgress({ done, total }).catch(() => undefined) // only shown
  }
}
