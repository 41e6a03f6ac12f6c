import type { Job, JobType, Queue } from 'bullmq'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { atMost } from '../at-most.ts'
import { printable } from '../printable.ts'
import type { QueueAddress } from './address.ts'
import { connectQueue, type QueueConnection } from './connect.ts'
import { queueError } from './failures.ts'
import { cancelledKey, prefix, queueName } from './names.ts'
import { payloadDecoder } from './payload.ts'

/** A cell that failed. */
export interface FailedCell {
  readonly key: string
  readonly seed: number
  readonly method: string
  readonly reason: string
}

/** A worker and the cells that it finished. */
export interface WorkerStatus {
  readonly name: string
  readonly done: number
  /** The mean seconds of a cell. */
  readonly seconds: number
  /** Cells per minute, from the first that it began to the last that it finished. */
  readonly perMinute: number
}

/** The cells of a grid in the queue. */
export interface GridStatus {
  readonly grid: string
  readonly waiting: number
  readonly active: number
  readonly done: number
  readonly failed: readonly FailedCell[]
  readonly workers: readonly WorkerStatus[]
  /** An estimate of the seconds that are left, at the speed of the last cells; null before any is done. */
  readonly secondsLeft: number | null
}

/** A queue whose grids are looked at. */
export interface GridPlace {
  readonly address: QueueAddress
  readonly ptu: string
  /** The first digits of a grid's name; all grids unless given. */
  readonly grid?: string | undefined
}

const waitingStates = ['waiting', 'delayed', 'prioritized'] as const

const inQueue = <A>(
  { address, ptu }: GridPlace,
  use: (queue: Queue, connection: QueueConnection) => Promise<A>,
): TaskEither<ExperimentError, A> =>
  pipe(
    connectQueue(address, () => undefined),
    TE.flatMap((connection) =>
      TE.tryCatch(async () => {
        const { bullmq, client } = connection
        const queue = new bullmq.Queue(queueName(ptu), { connection: client, prefix, skipVersionCheck: true })
        queue.on('error', () => undefined)
        try {
          return await use(queue, connection)
        } finally {
          await queue.close()
          connection.close()
        }
      }, queueError(address)),
    ),
  )

interface Found extends FailedCell {
  readonly grid: string
  /** Absent if it cannot be read. */
  readonly job?: Job
}

/** A job as a cell. Somebody may have written anything into the queue: what is no cell is listed as one of no grid. */
const foundIn = async (queue: Queue, key: string): Promise<readonly Found[]> => {
  const stranger = { key, seed: 0, method: 'unknown', grid: 'unknown', reason: `${printable(key)} is no cell of ptu` }
  try {
    const job = (await queue.getJob(key)) as Job | undefined
    if (job === undefined) return [] // it was removed meanwhile
    const payload = payloadDecoder(job.data, [])
    if (E.isLeft(payload)) return [{ ...stranger, job }]
    const { grid, seed, method } = payload.right
    return [{ key, seed, method, grid, reason: job.failedReason, job }]
  } catch (cause) {
    if (cause instanceof SyntaxError) return [stranger]
    throw cause
  }
}

const cellsOf = async (
  queue: Queue,
  { grid = '' }: GridPlace,
  states: readonly JobType[],
): Promise<readonly Found[]> => {
  const limited = atMost(256)
  const keys = await queue.getRanges([...states], 0, -1)
  const found = await Promise.all(keys.map((key) => limited(() => foundIn(queue, key))))
  return found.flat().filter((cell) => cell.grid.startsWith(grid))
}

/** The state of each grid in a queue. */
export const gridStatus = (place: GridPlace): TaskEither<ExperimentError, readonly GridStatus[]> =>
  inQueue(place, async (queue) => {
    const [waiting, active, done, failed] = await Promise.all(
      [waitingStates, ['active'] as const, ['completed'] as const, ['failed'] as const].map((states) =>
        cellsOf(queue, place, states),
      ),
    )
    const all = [waiting, active, done, failed].map((each) => each ?? [])
    const names = [...new Set(all.flat().map(({ grid }) => grid))].toSorted()
    return names.map((name) => {
      const [own = [], now = [], ended = [], wrong = []] = all.map((each) => each.filter(({ grid }) => grid === name))
      // Of what is no cell there is nothing to wait for.
      return name === 'unknown'
        ? statusOf(name, 0, 0, [], [...own, ...now, ...ended, ...wrong])
        : statusOf(name, own.length, now.length, ended, wrong)
    })
  })

const statusOf = (
  grid: string,
  waiting: number,
  active: number,
  done: readonly Found[],
  failed: readonly Found[],
): GridStatus => ({
  ...{ grid, waiting, active, done: done.length },
  failed: failed.map(({ key, seed, method, reason }) => ({ key, seed, method, reason })),
  workers: workersOf(done),
  secondsLeft: secondsLeft(
    waiting + active,
    done.flatMap(({ job }) => job?.finishedOn ?? []),
  ),
})

const workersOf = (done: readonly Found[]): readonly WorkerStatus[] => {
  const jobs = done.flatMap(({ job }) => job ?? [])
  const names = [...new Set(jobs.map(({ processedBy = 'unknown' }) => processedBy))].toSorted()
  return names.map((name) => {
    const own = jobs.filter(({ processedBy = 'unknown' }) => processedBy === name)
    const [begins, ends] = [own.map(({ processedOn = 0 }) => processedOn), own.map(({ finishedOn = 0 }) => finishedOn)]
    const took = ends.reduce((sum, end, i) => sum + end - (begins[i] ?? end), 0) / 1000
    const span = (Math.max(...ends) - Math.min(...begins)) / 60_000
    return { name, done: own.length, seconds: took / own.length, perMinute: span > 0 ? own.length / span : 0 }
  })
}

/** The number of last cells whose speed counts. */
const recent = 50

/**
 * The seconds that `left` cells take at the speed of the last ones; null before two are done.
 *
 * @example
 * ```ts
 * expect(secondsLeft(4, [1000, 2000, 3000])).toBe(4)
 * ```
 */
export const secondsLeft = (left: number, ends: readonly number[]): number | null => {
  const last = ends.toSorted((a, b) => a - b).slice(-recent)
  const [first = 0, end = 0] = [last[0], last.at(-1)]
  return last.length < 2 ? null : (left * (end - first)) / 1000 / (last.length - 1)
}

/** Puts failed cells back into the queue and returns how many. */
export const retryGrids = (place: GridPlace): TaskEither<ExperimentError, number> =>
  inQueue(place, async (queue, { client }) => {
    const failed = await cellsOf(queue, place, ['failed'])
    for (const grid of new Set(failed.map((cell) => cell.grid))) await client.del(cancelledKey(grid))
    for (const { job } of failed) await job?.retry('failed', { resetAttemptsMade: true })
    return failed.length
  })

/** A week in seconds: a mark of a cancelled grid stays so long. */
const week = 7 * 24 * 3600

/** Takes the waiting cells of grids out of the queue, stops those under way, and returns how many. */
export const cancelGrids = (place: GridPlace): TaskEither<ExperimentError, number> =>
  inQueue(place, async (queue, { client }) => {
    const [waiting, active] = [await cellsOf(queue, place, waitingStates), await cellsOf(queue, place, ['active'])]
    const grids = new Set([...waiting, ...active].map(({ grid }) => grid))
    for (const grid of grids) await client.set(cancelledKey(grid), '1', 'EX', week)
    // One that a worker took meanwhile is locked; it is stopped by the mark.
    await Promise.allSettled(waiting.map(({ key }) => queue.remove(key)))
    return waiting.length + active.length
  })
