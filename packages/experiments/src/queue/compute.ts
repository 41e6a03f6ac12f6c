import { setTimeout as sleep } from 'node:timers/promises'

import { decode } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'

import { UsageError, type ExperimentError } from '../errors.ts'
import type { OnStep } from '../progress.ts'
import { printable } from '../printable.ts'
import { isBuiltIn, type CodeVersion } from '../run/cell.ts'
import { cellsIn, ConflictError } from '../run/cells.ts'
import type { Objects } from '../run/objects.ts'
import { loadGrid, type LoadedGrid, type ObjectPlaces } from './load-grid.ts'
import { jobIn, payloadDecoder, type Payload } from './payload.ts'
import type { Slots } from './slots.ts'

/** The reason why a cell was not done. `mayPass` tells that another try, here or elsewhere, may do it. */
export class CellError extends Error {
  override readonly name = 'CellError'
  readonly mayPass: boolean
  constructor(message: string, mayPass: boolean) {
    super(message)
    this.mayPass = mayPass
  }
}

/** The reason why a worker takes no cells: its store holds nothing, so it is not the one that the cells were submitted with. */
export class EmptyStoreError extends Error {
  override readonly name = 'EmptyStoreError'
}

/** The means of a worker of a queue. */
export interface ComputePlace {
  readonly places: ObjectPlaces
  readonly slots: Slots
  /** The versions that this worker runs. */
  readonly versions: Pick<CodeVersion, 'ptu' | 'tfjs'>
  readonly allowModules: boolean
  readonly grids: Map<string, Promise<E.Either<ExperimentError, LoadedGrid>>>
}

const wrong = (message: string): never => {
  throw new CellError(message, false)
}

/** The value of a Right; a Left that is a mistake of the caller does not pass, anything else may. */
const value = <A>(either: E.Either<ExperimentError, A>): A => {
  if (E.isLeft(either)) throw new CellError(either.left.message, !(either.left instanceof UsageError))
  return either.right
}

const payloadIn = (name: string, data: unknown): Payload => {
  const payload = decode(payloadDecoder, `the cell ${printable(name)} in the queue is refused:`)(data)
  return E.isLeft(payload) ? wrong(payload.left.message) : payload.right
}

/** Tells that a store holds nothing. A network file system may take some seconds to show the first files. */
const isEmpty = async (objects: Objects, tries = 20): Promise<boolean> => {
  const names = await objects.list('objects')()
  if (E.isLeft(names) || names.right.length > 0) return false
  if (tries === 1) return true
  await sleep(500)
  return isEmpty(objects, tries - 1)
}

/** Reads a grid once for all its cells; the last two stay in memory. */
const gridOf = async ({ grids, places }: ComputePlace, grid: string): Promise<LoadedGrid> => {
  const reading = grids.get(grid) ?? loadGrid(places, grid)()
  grids.delete(grid)
  grids.set(grid, reading)
  for (const name of [...grids.keys()].slice(0, -2)) grids.delete(name)
  const read = await reading
  if (E.isLeft(read)) {
    grids.delete(grid)
    if (await isEmpty(places.objects))
      throw new EmptyStoreError(
        'expected the store of the comparisons in the queue, got one that holds nothing, so their cells are left to other ' +
          'workers; give --store the place that ptu compare has',
      )
  }
  return value(read)
}

const shown = ({ ptu, tfjs }: Pick<CodeVersion, 'ptu' | 'tfjs'>): string =>
  `ptu ${printable(ptu)} with TensorFlow.js ${printable(tfjs)}`

/** The grid as this worker may run it. Throws for one that it must not or cannot compute. */
const runnable = (place: ComputePlace, { method }: Payload, loaded: LoadedGrid): LoadedGrid => {
  const { versions, allowModules } = place
  const { code, modules } = loaded
  if (code.ptu !== versions.ptu || code.tfjs !== versions.tfjs)
    wrong(`the cell is of ${shown(code)}, this worker is ${shown(versions)}; start workers of that version`)
  if (allowModules) return loaded
  if (modules.length > 0 && !isBuiltIn(method))
    wrong(`the method ${printable(method)} is code of a user; workers run such code only with --allow-modules`)
  return { ...loaded, modules: [] }
}

/**
 * Computes the cell that is called `name` in the queue and keeps its result in the store; returns at once if it is there.
 *
 * Throws a `CellError`, or an `EmptyStoreError` where another worker should take the cell. Nothing in `data` is trusted: the key is computed anew from what the cell asks for.
 */
export const computeCell = async (place: ComputePlace, name: string, data: unknown, onStep: OnStep): Promise<void> => {
  const payload = payloadIn(name, data)
  if (payload.ptu !== place.versions.ptu)
    wrong(`the cell is of ptu ${printable(payload.ptu)}, this worker is ptu ${place.versions.ptu}`)
  const loaded = runnable(place, payload, await gridOf(place, payload.grid))
  const cells = cellsIn(place.places.objects, loaded.code)
  const job = jobIn(payload)
  const cell = await cells.cellOf(loaded.comparison, job)
  if (cell.key !== name)
    wrong(`the cell ${printable(name)} in the queue is refused: it asks for something else than its name says`)
  if (value(await cells.find(cell)()) !== undefined) return
  const trained = await place.slots.run(payload.grid, loaded, job, onStep)()
  if (E.isLeft(trained)) throw new CellError(trained.left.error.message, !trained.left.started)
  const kept = await cells.keep(cell, loaded.file.names, trained.right)()
  if (E.isLeft(kept)) throw new CellError(kept.left.message, !(kept.left instanceof ConflictError))
}
