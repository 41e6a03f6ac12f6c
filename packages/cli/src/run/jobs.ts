import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { CliError } from '../errors.ts'
import type { Hand } from './hand.ts'
import type { Job } from './job.ts'
import type { Prepared } from './lab.ts'
import { inParallel } from './pool.ts'
import type { Store } from './store.ts'
import type { JobResult } from './strategy-job.ts'

/** Those who do the jobs of a run, and where results are kept. */
export interface Crew {
  readonly hands: readonly Hand[]
  readonly prepared: Prepared
  readonly store: Store
  /** The steps of a job. */
  readonly stepsOf: (job: Job) => number
  /** Called with the steps that were done since the last call. */
  readonly onSteps: (steps: number) => void
}

/** A job and what came of it. */
export interface Done {
  readonly job: Job
  readonly result: JobResult
}

/** Does every job that was not done before; results come in the order of the jobs. */
export const doJobs = (crew: Crew, jobs: readonly Job[]): TE.TaskEither<CliError, readonly Done[]> =>
  inParallel(crew.hands, jobs, (hand, job) => async () => {
    const found = await crew.store.find(job)
    if (found === undefined) return doJob(crew, hand, job)()
    crew.onSteps(crew.stepsOf(job))
    return E.right({ job, result: found })
  })

const doJob = ({ prepared, store, onSteps }: Crew, hand: Hand, job: Job): TE.TaskEither<CliError, Done> => {
  let told = 0
  const tell = (done: number): void => {
    onSteps(done - told)
    told = done
  }
  return pipe(
    hand.run(prepared, job, tell),
    TE.tap((result) => store.keep(job, result)),
    TE.map((result) => ({ job, result })),
  )
}
