import { isRecord } from '@ptu/core'
import type { JobsOptions, Queue, QueueEvents } from 'bullmq'

import { RunError } from '../errors.ts'
import { atMost } from '../at-most.ts'
import type { OnStep } from '../progress.ts'
import type { QueueConnection } from './connect.ts'
import { queueError } from './failures.ts'
import { cancelledKey, prefix, queueName, versionsKey } from './names.ts'
import type { Payload } from './payload.ts'

/** Submits cells and follows them to their end. */
export interface Follower {
  /** Resolves when the cell is done; rejects with a `RunError` that holds the reason if it failed. */
  readonly follow: (key: string, payload: Payload, onStep: OnStep) => Promise<void>
  /** Stops following: all that are waited for, and later ones, fail with this error. They stay in the queue. */
  readonly abandon: (cause: Error) => void
  readonly close: () => Promise<void>
}

/**
 * The treatment of every cell in the queue. What may pass is tried again after 1, 2 and 4 s. Finished cells are forgotten
 * after a week, since their results are in the store.
 */
const cellOptions = (key: string): JobsOptions => ({
  jobId: key,
  attempts: 4,
  backoff: { type: 'exponential', delay: 1000 },
  removeOnComplete: { age: 7 * 24 * 3600 },
  stackTraceLimit: 1,
})

interface Waiting {
  readonly payload: Payload
  readonly onStep: OnStep
  readonly done: () => void
  readonly failed: (cause: Error) => void
}

interface Parts {
  readonly connection: QueueConnection
  readonly queue: Queue
  readonly waiting: Map<string, Waiting>
}

/** Puts a cell into the queue, unless it is under way there; one that ended before begins anew. */
const put = async ({ queue }: Parts, key: string, payload: Payload): Promise<void> => {
  const before = await queue.getJob(key)
  const state = before === undefined ? 'unknown' : await before.getState()
  if (before === undefined || state === 'unknown') await queue.add('cell', payload, cellOptions(key))
  else if (state === 'failed' || state === 'completed') {
    await before.remove()
    await queue.add('cell', payload, cellOptions(key))
  }
}

/** Looks where a cell is. Events may be lost while the server is away, and so may cells if it had not saved them. */
const look = async (parts: Parts, key: string): Promise<void> => {
  const { queue, waiting, connection } = parts
  const each = waiting.get(key)
  if (each === undefined) return
  const job = await queue.getJob(key)
  const state = job === undefined ? 'unknown' : await job.getState()
  if (state === 'completed') settle(parts, key)
  else if (state === 'failed') settle(parts, key, new RunError(job?.failedReason ?? 'it failed'))
  else if (state === 'unknown') {
    if ((await connection.client.exists(cancelledKey(each.payload.grid))) === 1)
      settle(parts, key, new RunError('the grid was cancelled'))
    else await put(parts, key, each.payload)
  }
}

const settle = ({ waiting }: Parts, key: string, failure?: Error): void => {
  const each = waiting.get(key)
  waiting.delete(key)
  if (failure === undefined) each?.done()
  else each?.failed(failure)
}

const isProgress = (data: unknown): data is { readonly done: number; readonly total: number } =>
  isRecord(data) && Number.isFinite(data['done']) && Number.isFinite(data['total'])

const listen = (parts: Parts, events: QueueEvents): void => {
  const looking = (key: string): void => {
    look(parts, key).catch(() => undefined) // the next look at all of them comes here again
  }
  events.on('completed', ({ jobId }) => {
    settle(parts, jobId)
  })
  events.on('failed', ({ jobId }) => {
    looking(jobId)
  })
  events.on('removed', ({ jobId }) => {
    looking(jobId)
  })
  events.on('progress', ({ jobId, data }) => {
    if (isProgress(data)) parts.waiting.get(jobId)?.onStep(data.done, data.total)
  })
  events.on('error', () => undefined) // the connection is made again
}

/** Milliseconds between two looks at all cells that are waited for. */
const every = 15_000

/** Opens a follower of the cells of a product version. */
export const openFollower = async (connection: QueueConnection, ptu: string): Promise<Follower> => {
  const { bullmq, client, address } = connection
  const options = { connection: client, prefix, skipVersionCheck: true }
  const queue = new bullmq.Queue(queueName(ptu), options)
  queue.on('error', () => undefined)
  const events = new bullmq.QueueEvents(queueName(ptu), options)
  const parts: Parts = { connection, queue, waiting: new Map() }
  listen(parts, events)
  await events.waitUntilReady()
  await client.sadd(versionsKey, ptu)
  const timer = setInterval(() => void lookAtAll(parts), every)
  const abandoned: Error[] = []
  const limited = atMost(64) // so that thousands of cells take little memory on their way
  return {
    follow: (key, payload, onStep) =>
      new Promise<void>((done, failed) => {
        const [cause] = abandoned
        if (cause !== undefined) {
          failed(cause)
          return
        }
        parts.waiting.set(key, { payload, onStep, done, failed })
        limited(() => put(parts, key, payload)).catch((cause: unknown) => {
          settle(parts, key, queueError(address)(cause))
        })
      }),
    abandon: (cause) => {
      abandoned.push(cause)
      for (const key of parts.waiting.keys()) settle(parts, key, cause)
    },
    close: async () => {
      clearInterval(timer)
      await Promise.allSettled([events.close(), queue.close()])
      connection.close()
    },
  }
}

const lookAtAll = async (parts: Parts): Promise<void> => {
  for (const key of [...parts.waiting.keys()]) await look(parts, key).catch(() => undefined)
}
