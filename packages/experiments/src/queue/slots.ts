import { join } from 'node:path'

import { writeFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { InterruptedError, toRunError, type ExperimentError } from '../errors.ts'
import type { Folders } from '../node/runner-here.ts'
import type { OnStep } from '../progress.ts'
import type { JobResult } from '../results/results.ts'
import type { Job } from '../run/job.ts'
import type { Executor, Worker } from '../run/worker.ts'
import type { LoadedGrid } from './load-grid.ts'

/** A place where one cell at a time is trained, on a thread that stays open for the cells of one grid. */
interface Slot {
  busy: boolean
  open: { readonly grid: string; readonly worker: Worker; readonly stop: AbortController } | undefined
}

/** The means of training cells. */
export interface SlotsPlace {
  /** The number of cells that are trained at the same time. */
  readonly count: number
  /** The folder for trials, checkpoints and modules on this machine. */
  readonly cache: string
  /** Opens the worker of a slot: a thread, so that this one is free to keep the locks of its cells. */
  readonly executor: (folders: Folders) => Executor
  readonly warn: (text: string) => void
}

/** Slots that train the cells of any grids. */
export interface Slots {
  /** Trains a cell. A Left of a backend that does not start here may pass elsewhere; see `started`. */
  readonly run: (grid: string, loaded: LoadedGrid, job: Job, onStep: OnStep) => TaskEither<SlotError, JobResult>
  /** Stops the cells of a grid: their Lefts are interruptions. */
  readonly stop: (grid: string) => void
  /** The grids of the cells that are trained now. */
  readonly grids: () => readonly string[]
  readonly close: () => void
}

/** A cell that was not trained; `started` is false where it was never begun. */
export interface SlotError {
  readonly error: ExperimentError
  readonly started: boolean
}

const free = (slot: Slot): void => {
  slot.open?.worker.close()
  slot.open = undefined
}

/** Takes an idle slot, one that is open for the grid before others. */
const taken = (slots: readonly Slot[], grid: string): Slot => {
  const idle = slots.filter(({ busy }) => !busy)
  const slot = idle.find(({ open }) => open?.grid === grid) ?? idle[0]
  if (slot === undefined) throw new RangeError(`expected at most ${slots.length} cells at the same time`)
  slot.busy = true
  if (slot.open?.grid !== grid) free(slot)
  return slot
}

/** Opens slots; each starts its thread when it gets its first cell. */
export const openSlots = (place: SlotsPlace): Slots => {
  const slots = Array.from({ length: place.count }, (): Slot => ({ busy: false, open: undefined }))
  return {
    run: (grid, loaded, job, onStep) => async () => {
      const slot = taken(slots, grid)
      try {
        const opened = await openedIn(slot, grid, loaded, place)()
        if (E.isLeft(opened)) return E.left({ error: opened.left, started: false })
        const result = await opened.right.run(loaded.comparison, job, onStep)()
        if (E.isRight(result)) return result
        if (result.left instanceof InterruptedError) free(slot)
        return E.left({ error: result.left, started: true })
      } catch (cause) {
        free(slot) // a thread that ended, for want of memory for instance
        throw cause
      } finally {
        slot.busy = false
      }
    },
    stop: (grid) => {
      for (const { open } of slots) if (open?.grid === grid) open.stop.abort()
    },
    grids: () => slots.flatMap(({ busy, open }) => (busy && open !== undefined ? [open.grid] : [])),
    close: () => {
      slots.forEach(free)
    },
  }
}

const openedIn = (
  slot: Slot,
  grid: string,
  { file, modules }: LoadedGrid,
  { cache, executor, warn }: SlotsPlace,
): TaskEither<ExperimentError, Worker> => {
  if (slot.open !== undefined) return TE.right(slot.open.worker)
  const folders = { folder: join(cache, 'grids', grid.slice(0, 16)), features: join(cache, 'features') }
  return pipe(
    modules,
    TE.traverseSeqArrayWithIndex((i, text): TaskEither<ExperimentError, string> => {
      const path = join(cache, 'modules', `${file.modules[i] ?? ''}.mjs`)
      return pipe(
        writeFile(path, text),
        TE.bimap(toRunError, () => path),
      )
    }),
    TE.flatMap((paths) => {
      const stop = new AbortController()
      const setup = { backend: file.backend, modules: paths, signal: stop.signal, warn }
      const [worker] = executor(folders)(setup)
      if (worker === undefined) throw new RangeError('expected the executor to open a worker')
      slot.open = { grid, worker, stop }
      return pipe(
        worker.start(),
        TE.map(() => worker),
        TE.mapLeft((error) => {
          worker.close()
          slot.open = undefined
          return error
        }),
      )
    }),
  )
}
