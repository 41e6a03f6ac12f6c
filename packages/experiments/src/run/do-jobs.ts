import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { trainingsOf, type Method } from '../methods/method.ts'
import type { ShowProgress } from '../progress.ts'
import type { Done } from '../results/assemble.ts'
import type { JobResult } from '../results/results.ts'
import { jobResultDecoder } from '../results/schema.ts'
import { namesIn, type Cell } from './cell.ts'
import type { Cells } from './cells.ts'
import type { Comparison } from './comparison.ts'
import { inParallel } from './in-parallel.ts'
import { jobName, jobsOf, type Job } from './job.ts'
import { showing } from './showing.ts'
import { shelfIn, type Store } from './store.ts'
import type { Worker } from './worker.ts'

/** The jobs of a comparison and the workers that do them. */
export interface Work {
  readonly workers: readonly Worker[]
  readonly methods: readonly Method[]
  readonly seeds: readonly number[]
  readonly tools: { readonly store: Store; readonly progress: ShowProgress; readonly cells?: Cells }
}

/** Does every job of a comparison that was not done before; results come in the order of the jobs. */
export const doJobs = (
  { workers, methods, seeds, tools: { store, progress, cells } }: Work,
  comparison: Comparison,
): TaskEither<ExperimentError, readonly Done[]> => {
  const question = { ...comparison, blocks: comparison.network.blocks.length }
  const jobs = jobsOf(methods, seeds, question)
  const stepsOf = ({ method }: Job): number => {
    const found = methods.find(({ name }) => name === method)
    return found === undefined ? 0 : trainingsOf(found, question) * comparison.steps
  }
  const total = jobs.reduce((sum, job) => sum + stepsOf(job), 0)
  const results = shelfIn(store, 'jobs', comparison.record, jobResultDecoder)
  return showing(progress, 'methods', (tell) => {
    const count = counting(total, tell)
    return inParallel(workers, jobs, (worker, job) => async () => {
      const told = upTo(count)
      const kept = await results.find(jobName(job))
      const compute = (): TaskEither<ExperimentError, JobResult> => worker.run(comparison, job, told)
      return pipe(
        kept === undefined
          ? pipe(
              sharing(cells, comparison, job, compute),
              TE.tap((result) => results.keep(jobName(job), result)),
            )
          : TE.right(kept),
        TE.map((result) => {
          told(stepsOf(job))
          return { job, result }
        }),
      )()
    })
  })
}

/** Counts the steps of one job, of which the sum is told. */
const upTo = (count: (steps: number) => void): ((done: number) => void) => {
  let told = 0
  return (done) => {
    count(done - told)
    told = done
  }
}

/** The result of a cell: taken from those that are shared if somebody finished it, else computed and shared. */
const sharing = (
  cells: Cells | undefined,
  comparison: Comparison,
  job: Job,
  compute: () => TaskEither<ExperimentError, JobResult>,
): TaskEither<ExperimentError, JobResult> => {
  if (cells === undefined) return compute()
  return pipe(
    TE.fromTask<Cell, ExperimentError>(() => cells.cellOf(comparison, job)),
    TE.flatMap((cell) =>
      pipe(
        cells.find(cell),
        TE.flatMap((found): TaskEither<ExperimentError, JobResult> =>
          found !== undefined
            ? TE.right(found)
            : pipe(
                compute(),
                TE.tap((result) => cells.keep(cell, namesIn(comparison.record), result)),
              ),
        ),
      ),
    ),
  )
}

/** Adds up steps and tells the sum. */
const counting = (total: number, tell: (done: number, total: number) => void): ((steps: number) => void) => {
  let done = 0
  return (steps) => {
    done += steps
    tell(done, total)
  }
}
