import { parentPort, workerData } from 'node:worker_threads'

import { enableProdMode } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'

import { UsageError, type CliError } from '../errors.ts'
import type { Job } from './job.ts'
import type { JobResult } from './strategy-job.ts'
import { openLab, type LabPlan, type OnStep, type Prepared } from './lab.ts'

/** What a training thread is asked. */
export type Request =
  { readonly kind: 'prepare' } | { readonly kind: 'run'; readonly prepared: Prepared; readonly job: Job }

/** What it says. */
export type Reply =
  | { readonly kind: 'step'; readonly done: number; readonly total: number }
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'right'; readonly value: unknown }
  | { readonly kind: 'left'; readonly message: string; readonly usage: boolean }

/** Steps are told at most this often, in milliseconds. */
const interval = 100

const serve = (post: (reply: Reply) => void): ((request: Request) => Promise<void>) => {
  const lab = openLab(workerData as LabPlan, new AbortController().signal, (text) => {
    post({ kind: 'warning', text })
  })
  const steps = (): OnStep => {
    let last = -Infinity
    return (done, total) => {
      if (done < total && performance.now() - last < interval) return
      last = performance.now()
      post({ kind: 'step', done, total })
    }
  }
  return async (request) => {
    const answer: E.Either<CliError, Prepared | JobResult> = await (request.kind === 'prepare'
      ? lab.prepare(steps())()
      : lab.run(request.prepared, request.job, steps())())
    if (E.isRight(answer)) post({ kind: 'right', value: answer.right })
    else post({ kind: 'left', message: answer.left.message, usage: answer.left instanceof UsageError })
  }
}

enableProdMode()

const answer = serve((reply) => parentPort?.postMessage(reply))
parentPort?.on('message', (request: Request) => {
  void answer(request)
})
