import { parentPort } from 'node:worker_threads'

import { enableProdMode } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { UsageError, type ExperimentError } from '../errors.ts'
import type { OnStep } from '../progress.ts'
import { runnerHere } from './runner-here.ts'
import type { Reply, Request, ThreadSetup } from './messages.ts'

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

type Task = (...inputs: readonly unknown[]) => TaskEither<ExperimentError, unknown>

const serve = (
  { folder, features, measuresModule, ...setup }: ThreadSetup,
  post: (reply: Reply) => void,
): ((request: Request) => Promise<void>) => {
  const warn = (text: string): void => {
    post({ kind: 'warning', text })
  }
  const worker = runnerHere(
    { ...setup, signal: new AbortController().signal, warn },
    { folder, features, measuresModule },
  )
  void worker.start()() // while the data are still being read
  return async ({ task, inputs }) => {
    const answer = await (worker[task] as Task)(...inputs, tellingNowAndThen(post))()
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
