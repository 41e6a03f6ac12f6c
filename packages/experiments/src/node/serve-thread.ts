import { parentPort } from 'node:worker_threads'

import type { Replica } from '@ptu/trainer'
import { enableProdMode } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { RunError, UsageError, type ExperimentError } from '../errors.ts'
import type { OnStep } from '../progress.ts'
import { runnerHere } from './runner-here.ts'
import type { GroupPlace, Reply, Request, ThreadSetup } from './messages.ts'
import { AbandonedError, sumAmong } from './thread-sum.ts'

/** The least time between two reports of steps, in milliseconds. */
const interval = 100

const tellingNowAndThen = (post: (reply: Reply) => void): OnStep => {
  let last = -Infinity
  return (done, total) => {
    if (done < total && performance.now() - last < interval) return
    last = performance.now()
    post({ kind: 'step', done, total })
  }
}

/** The copy of every training on this thread, which adds up its gradients with those on others. */
const replicaAt = ({ rank, count, memory }: GroupPlace): Replica => ({
  rank,
  count,
  sum: sumAmong(memory, rank, count),
})

/** The answer of a task; a Left where another thread of its group ended. */
const answered = async (task: TaskEither<ExperimentError, unknown>): Promise<E.Either<ExperimentError, unknown>> => {
  try {
    return await task()
  } catch (cause) {
    if (cause instanceof AbandonedError) return E.left(new RunError(cause.message))
    throw cause
  }
}

type Task = (...inputs: readonly unknown[]) => TaskEither<ExperimentError, unknown>

const serve = (
  { folder, features, measuresModule, group, ...setup }: ThreadSetup,
  post: (reply: Reply) => void,
): ((request: Request) => Promise<void>) => {
  const warn = (text: string): void => {
    post({ kind: 'warning', text })
  }
  const worker = runnerHere(
    { ...setup, signal: new AbortController().signal, warn },
    { folder, features, measuresModule },
    group && replicaAt(group),
  )
  void worker.start()() // while the data are still being read
  return async ({ task, inputs }) => {
    const answer = await answered((worker[task] as Task)(...inputs, tellingNowAndThen(post)))
    if (E.isRight(answer)) post({ kind: 'right', value: answer.right })
    else post({ kind: 'left', message: answer.left.message, usage: answer.left instanceof UsageError })
  }
}

enableProdMode()

parentPort?.once('message', (setup: ThreadSetup) => {
  const answer = serve(setup, (reply) => parentPort?.postMessage(reply))
  parentPort?.on('message', (request: Request) => {
    void answer(request)
  })
})
