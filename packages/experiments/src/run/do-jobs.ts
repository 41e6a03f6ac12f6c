import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { atMost } from '../at-most.ts'
import type { ExperimentError } from '../errors.ts'
import { trainingsOf, type Method } from '../methods/method.ts'
import type { OnStep, ShowProgress } from '../progress.ts'
import type { Done } from '../results/assemble.ts'
import type { JobResult } from '../results/results.ts'
import type { Cells } from './cells.ts'
import type { Comparison } from './comparison.ts'
import { inParallel } from './in-parallel.ts'
import { jobResults } from './job-results.ts'
import { jobsOf, type Job } from './job.ts'
import { showing } from './showing.ts'
import type { Store } from './store.ts'
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
  const results = jobResults(store, cells, comparison)
  // Plain functions with few promises, since a queue has thousands of workers, which wait at the same time.
  const limited = atMost(64)
  const computed = async (worker: Worker, job: Job, onStep: OnStep): Promise<E.Either<ExperimentError, JobResult>> => {
    const made = await worker.run(comparison, job, onStep)()
    if (E.isLeft(made)) return made
    const keeping = await limited(results.keep(job, made.right))
    return E.isLeft(keeping) ? keeping : made
  }
  return showing(progress, 'methods', (tell) => {
    const count = counting(total, tell)
    return inParallel(workers, jobs, (worker, job) => async () => {
      const told = upTo(count)
      const known = await limited(results.find(job))
      if (E.isLeft(known)) return known
      const found = known.right === undefined ? await computed(worker, job, told) : E.right(known.right)
      if (E.isRight(found)) told(stepsOf(job))
      return E.map((result: JobResult) => ({ job, result }))(found)
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

/** Adds up steps and tells the sum. */
const counting = (total: number, tell: (done: number, total: number) => void): ((steps: number) => void) => {
  let done = 0
  return (steps) => {
    done += steps
    tell(done, total)
  }
}
