import { SHARE_ENV, Worker } from 'node:worker_threads'

import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { InterruptedError, RunError, UsageError, type CliError } from '../errors.ts'
import type { Hand } from './hand.ts'
import type { LabPlan, OnStep, Prepared } from './lab.ts'
import type { JobResult } from './strategy-job.ts'
import type { Reply, Request } from './thread.ts'

/** A hand on a thread of its own. When `signal` aborts, the thread is stopped at once and its task is a Left. */
export const startThread = (plan: LabPlan, signal: AbortSignal, warn: (text: string) => void): Hand => {
  // with a copy of the environment, what is set there for libtensorflow would not reach it
  const thread = new Worker(new URL('./thread.js', import.meta.url), { workerData: plan, env: SHARE_ENV })
  const stop = (): void => {
    void thread.terminate()
  }
  signal.addEventListener('abort', stop, { once: true })
  const ask = <A>(request: Request, onStep: OnStep): TaskEither<CliError, A> => {
    return () => (signal.aborted ? interrupted() : conversation<A>(thread, signal, request, onStep, warn))
  }
  return {
    prepare: (onStep) => ask<Prepared>({ kind: 'prepare' }, onStep),
    run: (prepared, job, onStep) => ask<JobResult>({ kind: 'run', prepared, job }, onStep),
    close: () => {
      signal.removeEventListener('abort', stop)
      stop()
    },
  }
}

const interrupted = (): Promise<E.Either<CliError, never>> =>
  Promise.resolve(E.left(new InterruptedError('interrupted')))

/** Sends one request and listens until it is answered. Rejects where the thread meets a bug. */
const conversation = <A>(
  thread: Worker,
  signal: AbortSignal,
  request: Request,
  onStep: OnStep,
  warn: (text: string) => void,
): Promise<E.Either<CliError, A>> =>
  new Promise((resolve, reject) => {
    const end = (): void => {
      thread.off('message', listen).off('error', fail).off('exit', leave)
    }
    const finish = (answer: E.Either<CliError, A>): void => {
      end()
      resolve(answer)
    }
    const listen = (reply: Reply): void => {
      if (reply.kind === 'step') onStep(reply.done, reply.total)
      else if (reply.kind === 'warning') warn(reply.text)
      else if (reply.kind === 'right') finish(E.right(reply.value as A))
      else finish(E.left(reply.usage ? new UsageError(reply.message) : new RunError(reply.message)))
    }
    const fail = (cause: Error): void => {
      end()
      reject(cause)
    }
    const leave = (): void => {
      if (signal.aborted) finish(E.left(new InterruptedError('interrupted')))
      else fail(new Error('a training thread ended without an answer'))
    }
    thread.on('message', listen).on('error', fail).on('exit', leave)
    thread.postMessage(request)
  })
