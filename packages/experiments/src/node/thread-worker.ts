import type { Worker as Thread } from 'node:worker_threads'

import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { InterruptedError, RunError, UsageError, type ExperimentError } from '../errors.ts'
import type { OnStep } from '../progress.ts'
import type { Executor, Worker, WorkerSetup } from '../run/worker.ts'
import type { GroupPlace, Reply, Request, ThreadSetup } from './messages.ts'
import { openThread } from './open-thread.ts'
import type { RunnerPlace } from './runner-here.ts'
import { groupOf } from './thread-group.ts'
import { sumMemory } from './thread-sum.ts'

/** The number of workers and the threads on which each of them does one training. */
export interface ThreadCounts {
  readonly workers: number
  readonly each: number
}

/**
 * Opens workers on threads of their own; each keeps trials and checkpoints in the run's folder and loads the module of
 * measures. The first is on `thread` if one was opened before.
 */
export const threads = ({ workers, each }: ThreadCounts, place: RunnerPlace, thread?: Thread): Executor => {
  const ready = thread === undefined ? [] : [thread]
  const open = (setup: WorkerSetup, group?: GroupPlace): Worker =>
    workerOn(ready.pop() ?? openThread(), setup, { ...place, ...(group && { group }) })
  return (setup) =>
    Array.from({ length: workers }, () => {
      if (each === 1) return open(setup)
      const memory = sumMemory(each)
      return groupOf(
        Array.from({ length: each }, (_, rank) => open(setup, { rank, count: each, memory })),
        memory,
      )
    })
}

/** A worker on a thread. When the signal aborts, the thread is stopped at once and its task is a Left. */
const workerOn = (
  thread: Thread,
  { signal, warn, backend, modules }: WorkerSetup,
  place: Omit<ThreadSetup, 'backend' | 'modules'>,
): Worker => {
  const setup: ThreadSetup = { backend, modules, ...place }
  thread.postMessage(setup)
  let failure: Error | undefined // of a thread that ended while nobody waited for an answer
  thread.on('error', (cause: Error) => (failure ??= cause))
  thread.on('exit', () => (failure ??= new Error('a training thread ended without an answer')))
  thread.on('message', (reply: Reply) => {
    if (reply.kind === 'warning') warn(reply.text)
  })
  const stop = (): void => {
    void thread.terminate()
  }
  signal.addEventListener('abort', stop, { once: true })
  const ask = <A>(request: Request, onStep: OnStep): TaskEither<ExperimentError, A> => {
    return () => {
      if (signal.aborted) return interrupted()
      return failure === undefined ? conversation<A>(thread, signal, request, onStep) : Promise.reject(failure)
    }
  }
  return {
    start: () => ask({ task: 'start', inputs: [] }, () => undefined),
    trainSource: (...inputs) => ask({ task: 'trainSource', inputs: inputs.slice(0, -1) }, inputs[1]),
    freeze: (...inputs) => ask({ task: 'freeze', inputs: inputs.slice(0, -1) }, inputs[1]),
    run: (...inputs) => ask({ task: 'run', inputs: inputs.slice(0, -1) }, inputs[2]),
    make: (...inputs) => ask({ task: 'make', inputs: inputs.slice(0, -1) }, inputs[2]),
    fit: (...inputs) => ask({ task: 'fit', inputs: inputs.slice(0, -1) }, inputs[1]),
    linear: (...inputs) => ask({ task: 'linear', inputs: inputs.slice(0, -1) }, inputs[1]),
    predict: (...inputs) => ask({ task: 'predict', inputs: inputs.slice(0, -1) }, inputs[1]),
    weigh: (...inputs) => ask({ task: 'weigh', inputs: inputs.slice(0, -1) }, inputs[1]),
    close: () => {
      signal.removeEventListener('abort', stop)
      stop()
    },
  }
}

const interrupted = (): Promise<E.Either<ExperimentError, never>> =>
  Promise.resolve(E.left(new InterruptedError('interrupted')))

/** Sends one request and listens until it is answered. Rejects if the thread meets a bug. */
const conversation = <A>(
  thread: Thread,
  signal: AbortSignal,
  request: Request,
  onStep: OnStep,
): Promise<E.Either<ExperimentError, A>> =>
  new Promise((resolve, reject) => {
    const end = (): void => {
      thread.off('message', listen).off('error', fail).off('exit', leave)
    }
    const finish = (answer: E.Either<ExperimentError, A>): void => {
      end()
      resolve(answer)
    }
    const listen = (reply: Reply): void => {
      if (reply.kind === 'step') onStep(reply.done, reply.total)
      else if (reply.kind === 'right') finish(E.right(reply.value as A))
      else if (reply.kind === 'left')
        finish(E.left(reply.usage ? new UsageError(reply.message) : new RunError(reply.message)))
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
