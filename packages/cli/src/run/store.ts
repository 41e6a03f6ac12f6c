import { join } from 'node:path'

import type { Json } from '@ptu/core'
import { decode, string, struct } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { digestOf } from '../digest.ts'
import type { RunError } from '../errors.ts'
import { jobResultDecoder } from '../results/schema.ts'
import { readDocument, writeJson, type RunRecord } from './folder.ts'
import { jobName, type Job } from './job.ts'
import type { JobResult } from './strategy-job.ts'

/** Where finished jobs are kept, one file each, so that a run can go on after it was stopped. */
export interface Store {
  /** The result of a job that was done before with the same settings; anything else counts as not done. */
  find(job: Job): Promise<JobResult | undefined>
  keep(job: Job, result: JobResult): TaskEither<RunError, void>
}

const stored = struct({ digest: string, result: jobResultDecoder })

/** The store in a run's folder; `settings` is all that results depend on besides the job. */
export const storeIn = (folder: string, settings: RunRecord): Store => {
  const pathOf = (job: Job): string => join(folder, 'jobs', `${jobName(job)}.json`)
  const digest = (job: Job): string => digestOf({ settings, job: jobName(job) })
  return {
    find: async (job) => {
      const read = await readDocument(pathOf(job))()
      if (E.isLeft(read)) return undefined
      const found = decode(stored, pathOf(job))(read.right)
      return E.isRight(found) && found.right.digest === digest(job) ? found.right.result : undefined
    },
    keep: (job, result) => writeJson(pathOf(job), { digest: digest(job), result: result as unknown as Json }),
  }
}
