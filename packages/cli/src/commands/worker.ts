import { join, resolve } from 'node:path'

import { printable } from '@ptu/experiments'
import { openObjects, versions } from '@ptu/experiments/node'
import { serveCells, type QueueAddress } from '@ptu/experiments/queue'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { UsageError } from '@ptu/experiments'

import { counted } from '../format.ts'
import type { Command } from '../answer.ts'
import { measuresModule } from '../measures/place.ts'

/** The options of `ptu worker`. */
export interface WorkerOptions {
  readonly queue: E.Either<UsageError, QueueAddress>
  /** The folder or the bucket that all machines share. */
  readonly store: string
  /** The folder of this machine. */
  readonly cache: string
  readonly workers: number | undefined
  readonly lock: number | undefined
  readonly allowModules: boolean
}

/** Computes cells of a queue until it is asked to end. */
export const workerCommand =
  ({ queue, store, cache, workers, lock, allowModules }: WorkerOptions): Command =>
  (env) => {
    const concurrency = workers ?? env.cores
    return pipe(
      TE.fromEither(queue),
      TE.bindTo('address'),
      TE.bindW('objects', () => openObjects(env.cwd, store)),
      TE.flatMap(({ address, objects }) =>
        serveCells({
          ...{ address, objects },
          cache: join(resolve(env.cwd, cache), 'queue'),
          ...{ versions, concurrency, allowModules, measuresModule, signal: env.signal },
          ...(lock !== undefined && { lockSeconds: lock }),
          warn: (text) => {
            env.stderr(`${printable(text)}\n`)
          },
          ready: () => {
            env.stderr(
              `${counted(concurrency, 'cell')} at a time from ${address.shown}; Ctrl-C ends after those under way\n`,
            )
          },
        }),
      ),
      TE.map(({ done, failed }) => ({
        text: `${counted(done, 'cell')} done, ${failed} failed`,
        json: { done, failed },
      })),
    )
  }
