import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import type { JobResult } from '../results/results.ts'
import { jobResultDecoder } from '../results/schema.ts'
import { namesIn, type Cell } from './cell.ts'
import type { Cells } from './cells.ts'
import type { Comparison } from './comparison.ts'
import { jobName, type Job } from './job.ts'
import { shelfIn, type Store } from './store.ts'

/** The results of the jobs of a comparison: those of its own run, and those that others share. */
export interface JobResults {
  /** The result of a job that is done; undefined if none is known. One that others share becomes the run's own. */
  readonly find: (job: Job) => TaskEither<ExperimentError, JobResult | undefined>
  /** Keeps a new result for the run and for others. */
  readonly keep: (job: Job, result: JobResult) => TaskEither<ExperimentError, void>
}

/** The results of a comparison in a store, and in cells if there are any. */
export const jobResults = (store: Store, cells: Cells | undefined, comparison: Comparison): JobResults => {
  const shelf = shelfIn(store, 'jobs', comparison.record, jobResultDecoder)
  const shared = sharedIn(cells, comparison)
  const keepOwn = (job: Job, result: JobResult) => shelf.keep(jobName(job), result)
  const taken = (job: Job): TaskEither<ExperimentError, JobResult | undefined> =>
    pipe(
      shared.find(job),
      TE.tap((found) => (found === undefined ? TE.right(undefined) : keepOwn(job, found))),
    )
  return {
    find: (job) =>
      pipe(
        TE.fromTask(() => shelf.find(jobName(job))),
        TE.flatMap((own) => (own === undefined ? taken(job) : TE.right(own))),
      ),
    keep: (job, result) =>
      pipe(
        shared.keep(job, result),
        TE.flatMap(() => keepOwn(job, result)),
      ),
  }
}

/** The results that others share. */
const sharedIn = (cells: Cells | undefined, comparison: Comparison): JobResults => {
  if (cells === undefined) return { find: () => TE.right(undefined), keep: () => TE.right(undefined) }
  const cellOf = (job: Job) => TE.fromTask<Cell, ExperimentError>(() => cells.cellOf(comparison, job))
  const names = namesIn(comparison.record)
  return {
    find: (job) =>
      pipe(
        cellOf(job),
        TE.flatMap((cell) => cells.find(cell)),
      ),
    keep: (job, result) =>
      pipe(
        cellOf(job),
        TE.flatMap((cell) => cells.keep(cell, names, result)),
      ),
  }
}
