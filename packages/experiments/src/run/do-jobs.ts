import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { trainingsOf, type Method } from '../methods/method.ts'
import type { ShowProgress } from '../progress.ts'
import type { Done } from '../results/assemble.ts'
import { jobResultDecoder } from '../results/schema.ts'
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
  readonly tools: { readonly store: Store; readonly progress: ShowProgress }
}

/** Does every job of a comparison that was not done before; results come in the order of the jobs. */
export const doJobs = (
  { workers, methods, seeds, tools: { store, progress } }: Work,
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
      const kept = await results.find(jobName(job))
      if (kept === undefined) return doJob(worker, job)()
      count(stepsOf(job))
      return E.right({ job, result: kept })
    })

    function doJob(worker: Worker, job: Job): TaskEither<ExperimentError, Done> {
      let told = 0
      return pipe(
        worker.run(comparison, job, (done) => {
          count(done - told)
          told = done
        }),
        TE.tap((result) => results.keep(jobName(job), result)),
        TE.map((result) => ({ job, result })),
      )
    }
  })
}

/** Adds up steps and tells the sum. */
const counting = (total: number, tell: (done: number, total: number) => void): ((steps: number) => void) => {
  let done = 0
  return (steps) => {
    done += steps
    tell(done, total)
  }
}
