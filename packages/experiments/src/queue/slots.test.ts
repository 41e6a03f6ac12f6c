import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { beforeAll, describe, expect, it, vi } from 'vitest'

import { colours, rightOf, smallComparison, smallNetwork } from '../../tests/small-network.ts'
import { InterruptedError, RunError, type ExperimentError } from '../errors.ts'
import type { JobResult } from '../results/results.ts'
import { memoryObjects } from '../run/objects.ts'
import type { Worker } from '../run/worker.ts'
import { publishGrid } from './grid-file.ts'
import { loadGrid, type LoadedGrid } from './load-grid.ts'
import { openSlots, type Slots } from './slots.ts'

let loaded: LoadedGrid
beforeAll(async () => {
  const comparison = smallComparison(await smallNetwork(), colours(2, 8), {
    ...{ steps: 2, record: { backend: 'cpu', source: { kind: 'x', path: 'p' }, target: 't' } },
  })
  const places = { objects: memoryObjects(), cache: memoryObjects() }
  const code = { ptu: '1', tfjs: '4', modules: [] }
  loaded = rightOf(
    await loadGrid(places, rightOf(await publishGrid(places.objects, comparison, { code, modules: [] })()))(),
  )
})

type Run = Worker['run']

/** Slots whose workers do as they are told, and what happened to them. */
const slotsOf = (count: number, run: Run, start: Worker['start'] = () => TE.right('cpu')) => {
  const told = { opened: 0, closed: 0, signals: [] as AbortSignal[] }
  const never = (): never => expect.fail('a slot only runs cells')
  const slots = openSlots({
    ...{ count, cache: '/nowhere', warn: () => undefined },
    executor:
      () =>
      ({ signal }) => {
        told.opened++
        told.signals.push(signal)
        const rest = {
          trainSource: never,
          freeze: never,
          make: never,
          fit: never,
          linear: never,
          predict: never,
          weigh: never,
        }
        const close = (): void => {
          told.closed++
        }
        return [{ ...rest, start, run, close }]
      },
  })
  return { slots, told }
}

const fails: Run = () => TE.left(new RunError('diverged'))

const runIn = (slots: Slots, grid: string): ReturnType<ReturnType<Slots['run']>> =>
  slots.run(grid, loaded, { seed: 0, method: 'ptu' }, () => undefined)()

/** Cells that go on until they are told their end; `begun` waits for a number of them. */
const held = () => {
  const ends: ((outcome: E.Either<ExperimentError, JobResult>) => void)[] = []
  const run: Run = () => () => new Promise((resolve) => ends.push(resolve))
  return {
    run,
    begun: (count: number) =>
      vi.waitFor(() => {
        expect(ends).toHaveLength(count)
      }, 60_000),
    end: (cause: ExperimentError) => {
      for (const resolve of ends.splice(0)) resolve(E.left(cause))
    },
  }
}

describe('slots', () => {
  it('keep the thread of a grid for its next cell, and open another for another grid', async () => {
    const { slots, told } = slotsOf(1, fails)
    expect(await runIn(slots, 'a')).toEqual(E.left({ error: new RunError('diverged'), started: true }))
    await runIn(slots, 'a')
    expect(told).toMatchObject({ opened: 1, closed: 0 })
    await runIn(slots, 'b')
    expect(told).toMatchObject({ opened: 2, closed: 1 })
    slots.close()
    expect(told.closed).toBe(2)
  })

  it('train one cell each, and name the grids of those', async () => {
    const { run, begun, end } = held()
    const { slots } = slotsOf(2, run)
    const cells = [runIn(slots, 'a'), runIn(slots, 'b')]
    await begun(2)
    await expect(runIn(slots, 'c')).rejects.toThrow('expected at most 2 cells at the same time')
    expect(slots.grids()).toEqual(['a', 'b'])
    end(new RunError('diverged'))
    await Promise.all(cells)
    expect(slots.grids()).toEqual([])
    const next = runIn(slots, 'c')
    await begun(1)
    expect(slots.grids()).toEqual(['c'])
    end(new RunError('diverged'))
    await next
    slots.close()
  })

  it('stop the cells of one grid, whose thread is not used again', async () => {
    const { run, begun, end } = held()
    const { slots, told } = slotsOf(2, run)
    const cells = [runIn(slots, 'a'), runIn(slots, 'b')]
    await begun(2)
    slots.stop('b')
    expect(told.signals.map(({ aborted }) => aborted)).toEqual([false, true])
    end(new InterruptedError('stopped'))
    await Promise.all(cells)
    expect(told.closed).toBe(2)
  })

  it('say of a cell that its thread did not start, and start another for the next', async () => {
    const { slots, told } = slotsOf(1, fails, () => TE.left(new RunError('no backend')))
    for (const opened of [1, 2]) {
      expect(await runIn(slots, 'a')).toEqual(E.left({ error: new RunError('no backend'), started: false }))
      expect(told).toMatchObject({ opened, closed: opened })
    }
  })

  it('close a thread that ended by itself', async () => {
    const { slots, told } = slotsOf(1, () => () => Promise.reject(new Error('out of memory')))
    await expect(runIn(slots, 'a')).rejects.toThrow('out of memory')
    expect(told.closed).toBe(1)
    expect(slots.grids()).toEqual([])
  })
})
