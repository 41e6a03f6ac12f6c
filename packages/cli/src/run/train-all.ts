import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Env } from '../env.ts'
import type { CliError } from '../errors.ts'
import type { Parts } from '../results/assemble.ts'
import type { RunSettings, SourceSummary } from '../results/results.ts'
import { showing } from '../progress.ts'
import { versions } from '../versions.ts'
import type { RunRecord } from './folder.ts'
import type { Hand } from './hand.ts'
import { jobsOf, runsOf, type Job } from './job.ts'
import { doJobs } from './jobs.ts'
import type { Prepared } from './lab.ts'
import { storeIn } from './store.ts'

/** A comparison whose source network is there. */
export interface PreparedRun {
  readonly env: Env
  readonly hands: readonly Hand[]
  readonly prepared: Prepared
  readonly folder: string
  readonly settings: RunSettings
}

/** What a run's numbers depend on beyond its settings: it must not change before the run goes on. */
export const dataOf = ({ backend, sourceData, target }: Prepared): RunRecord => ({
  backend,
  'source data': sourceData,
  'target data': target.data,
})

/** Does all jobs of a run. */
export const trainAll = ({
  env,
  hands,
  prepared,
  folder,
  settings,
}: PreparedRun): TE.TaskEither<CliError, Omit<Parts, 'seconds'>> => {
  const blocks = prepared.blocks.length
  const jobs = jobsOf(settings, blocks)
  const stepsOf = (job: Job): number => runsOf(job, settings, blocks) * settings.steps
  const total = jobs.reduce((sum, job) => sum + stepsOf(job), 0)
  const store = storeIn(folder, { ...settings, ...dataOf(prepared) })
  return pipe(
    showing(env.progress, 'strategies', (tell) =>
      doJobs({ hands, prepared, store, stepsOf, onSteps: counting(total, tell) }, jobs),
    ),
    TE.map((done) => ({
      settings: { ...settings, backend: prepared.backend },
      versions,
      source: sourceSummary(prepared),
      target: prepared.target,
      done,
    })),
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

const sourceSummary = ({ source, sourceData, blocks, refusal }: Prepared): SourceSummary => ({
  data: sourceData,
  accuracy: source.accuracy,
  blocks,
  parameters: source.parameters,
  rescaled: refusal === null,
  refusal,
  seconds: source.seconds,
})
