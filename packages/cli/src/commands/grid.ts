import type { Json } from '@ptu/core'
import { UsageError, type ExperimentError } from '@ptu/experiments'
import { versions } from '@ptu/experiments/node'
import {
  cancelGrids,
  gridStatus,
  retryGrids,
  type GridPlace,
  type GridStatus,
  type QueueAddress,
} from '@ptu/experiments/queue'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import { counted, duration } from '../format.ts'
import { table } from '../table.ts'

/** The options of commands about the grids in a queue. */
export interface GridOptions {
  readonly queue: E.Either<UsageError, QueueAddress>
  /** The first digits of a grid's name. */
  readonly grid: string | undefined
}

/** The most kinds of failure, and the most grids, that are shown. */
const mostShown = 20

const inGrid = <A>(
  { queue, grid }: GridOptions,
  use: (place: GridPlace) => TE.TaskEither<ExperimentError, A>,
): TE.TaskEither<ExperimentError, A> =>
  pipe(
    TE.fromEither(queue),
    TE.map((address) => ({ address, ptu: versions.ptu })),
    TE.tap((all) =>
      grid === undefined
        ? TE.right(undefined)
        : pipe(
            gridStatus(all),
            TE.flatMapEither((known) => knownGrid(grid, known.map((status) => status.grid))), // prettier-ignore
          ),
    ),
    TE.flatMap((all) => use({ ...all, grid })),
  )

/** The first digits of a grid's name if a grid of the queue has them; a slip must not look like a grid that is done. */
export const knownGrid = (digits: string, names: readonly string[]): E.Either<UsageError, string> => {
  if (digits !== '' && names.some((name) => name.startsWith(digits))) return E.right(digits)
  const listed = names.slice(0, mostShown).map((name) => name.slice(0, 12))
  const others = names.length > mostShown ? ` and ${counted(names.length - mostShown, 'other')}` : ''
  const found = names.length === 0 ? 'the queue has no cells' : `the queue has ${listed.join(', ')}${others}`
  return E.left(
    new UsageError(
      `expected the first digits of a grid's name, got ${JSON.stringify(digits)}; ${found}; without a name it is all grids`,
    ),
  )
}

/** Shows how far the grids in a queue are: cells, workers, failures with their reasons. */
export const gridStatusCommand =
  (options: GridOptions): Command =>
  () =>
    pipe(
      inGrid(options, gridStatus),
      TE.map((grids) => ({
        text: grids.length === 0 ? 'no cells are in the queue' : grids.map(statusText).join('\n\n'),
        json: { grids: grids as unknown as Json },
      })),
    )

/** The state of a grid as people read it. */
export const statusText = ({ grid, waiting, active, done, failed, workers, secondsLeft }: GridStatus): string => {
  const left = waiting + active === 0 || secondsLeft === null ? '' : `, about ${duration(secondsLeft)} left`
  return [
    `grid ${grid.slice(0, 12)}: ${done} of ${done + waiting + active + failed.length} cells done, ${active} under way, ` +
      `${waiting} waiting, ${failed.length} failed${left}`,
    ...(workers.length === 0 ? [] : [workerTable(workers)]),
    ...failureLines(failed),
  ].join('\n')
}

/** A line for each reason, the commonest first, with the number of its cells and one of them. */
const failureLines = (failed: GridStatus['failed']): readonly string[] => {
  const groups = [...new Set(failed.map(({ reason }) => reason))]
    .map((reason) => ({ reason, cells: failed.filter((cell) => cell.reason === reason) }))
    .toSorted((a, b) => b.cells.length - a.cells.length)
  return [
    ...groups.slice(0, mostShown).map(({ reason, cells }) => failureLine(reason, cells)),
    ...(groups.length > mostShown ? [`and ${counted(groups.length - mostShown, 'other reason')}, in --json`] : []),
  ]
}

const failureLine = (reason: string, [first, ...others]: GridStatus['failed']): string => {
  const cell = first === undefined ? '' : `${first.method}, seed ${first.seed}`
  return `failed: ${others.length === 0 ? cell : `${others.length + 1} cells, for instance ${cell}`}: ${reason}`
}

const workerTable = (workers: GridStatus['workers']): string =>
  table(
    ['worker', 'cells', 'a cell', 'a minute'],
    workers.map(({ name, done, seconds, perMinute }) => [name, String(done), duration(seconds), perMinute.toFixed(1)]),
  )

const cellsAnswer = (count: number, words: string): Answer => ({
  text: `${counted(count, 'cell')} ${words}`,
  json: { cells: count },
})

/** Puts failed cells back into the queue. */
export const gridRetryCommand =
  (options: GridOptions): Command =>
  () =>
    pipe(
      inGrid(options, retryGrids),
      TE.map((count) => cellsAnswer(count, 'back in the queue')),
    )

/** Drops the cells of grids that are not done. */
export const gridCancelCommand =
  (options: GridOptions): Command =>
  () =>
    pipe(
      inGrid(options, cancelGrids),
      TE.map((count) => cellsAnswer(count, 'dropped; finished ones stay in the store')),
    )
