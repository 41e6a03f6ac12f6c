import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Job, Worker } from 'bullmq'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { UsageError, type ExperimentError } from '../errors.ts'
import type { Folders } from '../node/runner-here.ts'
import { objectFolder } from '../node/object-folder.ts'
import { printable } from '../printable.ts'
import type { CodeVersion } from '../run/cell.ts'
import type { Objects } from '../run/objects.ts'
import type { Executor } from '../run/worker.ts'
import type { QueueAddress } from './address.ts'
import { computeJob } from './compute-job.ts'
import type { ComputePlace } from './compute.ts'
import { connectQueue, type QueueConnection } from './connect.ts'
import { queueError, reasonOf } from './failures.ts'
import { cancelledKey, prefix, queueName, versionsKey } from './names.ts'
import { seldom } from './seldom.ts'
import { openSlots, type Slots } from './slots.ts'
import { openStandby } from './standby.ts'

/** The place where cells of a queue are computed, and its means. */
export interface ServeOptions {
  readonly address: QueueAddress
  /** The objects that all machines share. */
  readonly objects: Objects
  /** A folder of this machine for copies of objects, trials and checkpoints. */
  readonly cache: string
  readonly versions: Pick<CodeVersion, 'ptu' | 'tfjs'>
  /** The number of cells that are computed at the same time. */
  readonly concurrency: number
  /** Runs modules of users that grids bring along. */
  readonly allowModules: boolean
  /** The path of the module with the measures that grids may name; none unless given. */
  readonly measuresModule?: string
  /** Seconds after which the cells of a worker that is gone return to the queue (30). */
  readonly lockSeconds?: number
  /** Opens the worker of a slot; a thread that was loaded at the start unless given. */
  readonly executor?: (folders: Folders) => Executor
  /** Ends the work: cells under way are finished, no others are begun. */
  readonly signal: AbortSignal
  readonly warn: (text: string) => void
  /** Called when cells are asked for. */
  readonly ready?: () => void
}

/** The work of a worker. */
export interface Served {
  readonly done: number
  readonly failed: number
}

/** The times that a cell may return to the queue because its worker was gone, before it counts as one that kills workers. */
const mostStalls = 10

/**
 * Computes cells of a queue until the signal aborts, then finishes those under way.
 *
 * Cells of a worker that is killed return to the queue. A Left if the queue cannot be used, or holds only cells of another
 * version, or if the store is another than that of the cells: these are left to other workers.
 */
export const serveCells = (options: ServeOptions): TaskEither<ExperimentError, Served> =>
  pipe(
    connectQueue(options.address, options.warn),
    TE.flatMap((connection) =>
      TE.tryCatch(async () => {
        try {
          await refuseOtherVersions(connection, options.versions.ptu)
          return await serve(connection, options)
        } finally {
          connection.close()
        }
      }, queueError(options.address)),
    ),
  )

const waitingIn = async ({ bullmq, client }: QueueConnection, ptu: string): Promise<number> => {
  const queue = new bullmq.Queue(queueName(ptu), { connection: client, prefix, skipVersionCheck: true })
  queue.on('error', () => undefined)
  try {
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized')
    return Object.values(counts).reduce((sum, count) => sum + count, 0)
  } finally {
    await queue.close()
  }
}

const refuseOtherVersions = async (connection: QueueConnection, ours: string): Promise<void> => {
  if ((await waitingIn(connection, ours)) > 0) return
  for (const other of await connection.client.smembers(versionsKey)) {
    const count = other === ours ? 0 : await waitingIn(connection, other)
    if (count > 0)
      throw new UsageError(
        `the queue holds ${count} cells of ptu ${printable(other)} and none of ptu ${ours}, which this worker is; start workers of that version`,
      )
  }
}

const serve = async (connection: QueueConnection, options: ServeOptions): Promise<Served> => {
  const { objects, cache, versions, concurrency, allowModules, measuresModule, signal, warn } = options
  const standby = openStandby(options.executor === undefined ? concurrency : 0, measuresModule)
  const slots = openSlots({ count: concurrency, cache, executor: options.executor ?? standby.executor, warn })
  const places = { objects, cache: objectFolder(join(cache, 'objects')) }
  const place = { places, slots, versions, allowModules, grids: new Map() }
  const counts = { done: 0, failed: 0 }
  const unfit = new AbortController()
  const worker = openWorker(connection, { place, unfit }, options)
  worker.on('completed', () => counts.done++)
  worker.on('failed', (job, cause) => {
    counts.failed++
    warn(`the cell ${printable(job?.id ?? '')} failed: ${printable(cause.message)}`)
  })
  worker.on(
    'error',
    seldom(warn, (cause) => `the queue: ${reasonOf(cause, options.address)}`),
  )
  const timer = setInterval(() => void stopCancelled(connection, place).catch(() => undefined), 2000)
  try {
    await worker.waitUntilReady()
    options.ready?.()
    await aborted(AbortSignal.any([signal, unfit.signal]))
    await Promise.race([worker.close(), unreachable(connection, slots)])
  } finally {
    clearInterval(timer)
    slots.close()
    standby.close()
  }
  unfit.signal.throwIfAborted()
  return counts
}

const openWorker = (
  connection: QueueConnection,
  { place, unfit }: { readonly place: ComputePlace; readonly unfit: AbortController },
  { versions, concurrency, lockSeconds = 30 }: ServeOptions,
): Worker => {
  const compute = (job: Job, token = ''): Promise<void> =>
    computeJob(connection, place, {
      ...{ job, token },
      leave: (reason) => {
        unfit.abort(reason)
      },
    })
  return new connection.bullmq.Worker(queueName(versions.ptu), compute, {
    ...{ connection: connection.client, prefix, skipVersionCheck: true, concurrency },
    name: `${hostname()}-${process.pid}`,
    ...{ lockDuration: 1000 * lockSeconds, stalledInterval: 1000 * lockSeconds, maxStalledCount: mostStalls },
    runRetryDelay: 2000,
  })
}

const stopCancelled = async ({ client }: QueueConnection, { slots }: ComputePlace): Promise<void> => {
  for (const grid of new Set(slots.grids())) if ((await client.exists(cancelledKey(grid))) === 1) slots.stop(grid)
}

/** The seconds for which a worker that has nothing left to do waits for a queue that does not answer. */
const patience = 5

/** Resolves when no cell is under way and the queue has not answered for a while: nothing can be told to it any more. */
const unreachable = async ({ client }: QueueConnection, slots: Slots): Promise<void> => {
  for (let waited = 0; waited < patience; waited++) {
    await sleep(1000, undefined, { ref: false })
    if (client.status === 'ready' || slots.grids().length > 0) waited = -1
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener(
      'abort',
      () => {
        resolve()
      },
      { once: true },
    )
  })
