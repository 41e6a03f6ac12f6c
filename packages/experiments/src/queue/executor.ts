import { readFile } from 'node:fs/promises'

import { messageOf } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { InterruptedError, RunError, type ExperimentError } from '../errors.ts'
import type { CodeVersion } from '../run/cell.ts'
import { cellsIn } from '../run/cells.ts'
import type { Comparison } from '../run/comparison.ts'
import type { Objects } from '../run/objects.ts'
import type { Executor, Worker, WorkerSetup } from '../run/worker.ts'
import type { QueueAddress } from './address.ts'
import { connectQueue } from './connect.ts'
import { cancelledKey } from './names.ts'
import { queueError } from './failures.ts'
import { openFollower, type Follower } from './follower.ts'
import { publishGrid } from './grid-file.ts'
import { submitting } from './submit-cell.ts'

/** The place of a queue and what its cells are made of. */
export interface QueuePlace {
  readonly address: QueueAddress
  /** The objects that all machines share. */
  readonly objects: Objects
  readonly code: CodeVersion
  /** The paths of the modules of `code`. */
  readonly modules: readonly string[]
  /** Opens the worker that does here what is done once: trains the source network, computes frozen blocks. */
  readonly local: Executor
  /** The most cells that are in the queue at the same time (10,000). */
  readonly width?: number
}

/** The words of an interruption. */
const left =
  'interrupted; cells that were submitted stay in the queue until they are done or ptu grid cancel drops them'

interface Submission {
  readonly follower: Follower
  readonly uncancel: (grid: string) => Promise<unknown>
}

/**
 * An executor whose trainings are cells in a queue, done by workers of `serveCells` on any number of machines.
 *
 * Each of its workers stands for one cell in the queue. The connection is made when the first is started: the Left says what
 * is wrong. When the signal aborts, submitted cells stay in the queue.
 */
export const queueExecutor =
  (place: QueuePlace): Executor =>
  (setup) => {
    const [local] = place.local(setup)
    if (local === undefined) throw new RangeError('expected the local executor to open a worker')
    let begun: Promise<E.Either<ExperimentError, Submission>> | undefined
    const submission: TaskEither<ExperimentError, Submission> = () => (begun ??= submissionTo(place, setup)())
    const grids = new WeakMap<Comparison, Promise<E.Either<ExperimentError, string>>>()
    const gridOf = (comparison: Comparison) => () => {
      const known = grids.get(comparison) ?? published(place, submission, comparison)()
      grids.set(comparison, known)
      return known
    }
    const submit = submitting(place.code.ptu, cellsIn(place.objects, place.code))
    const worker: Worker = {
      ...local,
      start: () =>
        pipe(
          submission,
          TE.flatMap(() => local.start()),
        ),
      run: (comparison, job, onStep) => async () => {
        const [grid, open] = [await gridOf(comparison)(), await submission()]
        if (E.isLeft(grid)) return grid
        if (E.isLeft(open)) return open
        return submit(open.right.follower, { grid: grid.right, comparison, job, onStep })
      },
      close: () => undefined,
    }
    const close = (): void => {
      local.close()
      void begun?.then((open) => (E.isRight(open) ? open.right.follower.close() : undefined))
    }
    return Array.from({ length: place.width ?? 10_000 }, (_, i) => (i === 0 ? { ...worker, close } : worker))
  }

const submissionTo = (
  { address, code }: QueuePlace,
  { warn, signal }: WorkerSetup,
): TaskEither<ExperimentError, Submission> =>
  pipe(
    connectQueue(address, warn),
    TE.flatMap((connection) =>
      pipe(
        TE.tryCatch(() => openFollower(connection, code.ptu), queueError(address)),
        TE.map((follower) => {
          const stop = (): void => {
            follower.abandon(new InterruptedError(left))
          }
          if (signal.aborted) stop()
          signal.addEventListener('abort', stop, { once: true })
          return { follower, uncancel: (grid: string) => connection.client.del(cancelledKey(grid)) }
        }),
        TE.mapLeft((error) => {
          connection.close()
          return error
        }),
      ),
    ),
  )

/** Puts a grid into the objects, with its modules, and returns its name. */
const published = (
  { objects, code, modules, address }: QueuePlace,
  submission: TaskEither<ExperimentError, Submission>,
  comparison: Comparison,
): TaskEither<ExperimentError, string> =>
  pipe(
    TE.tryCatch(
      () => Promise.all(modules.map((path) => readFile(path))),
      (cause): ExperimentError => new RunError(`cannot read a module: ${messageOf(cause)}`),
    ),
    TE.flatMap((texts) => publishGrid(objects, comparison, { code, modules: texts })),
    TE.tap((grid) =>
      pipe(
        submission,
        TE.flatMap(({ uncancel }) => TE.tryCatch(() => uncancel(grid), queueError(address))),
      ),
    ),
  )
