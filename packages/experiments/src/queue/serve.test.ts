import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { fakeQueue, type FakeQueue, type FakeWorker } from '../../tests/fake-queue.ts'
import { UsageError, type ExperimentError } from '../errors.ts'
import { CellError, computeCell, EmptyStoreError, type ComputePlace } from './compute.ts'
import { connectQueue } from './connect.ts'
import { cancelledKey, versionsKey } from './names.ts'
import { serveCells, type Served } from './serve.ts'

// Its timers are not those that a test sets forward.
vi.mock('node:timers/promises', () => ({
  setTimeout: (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}))
vi.mock('./connect.ts', () => ({ connectQueue: vi.fn() }))
vi.mock('./compute.ts', async (original) => ({ ...(await original<object>()), computeCell: vi.fn() }))

const grid = 'a'.repeat(64)
let queue: FakeQueue
let stop: AbortController
let warnings: string[]
let ended: E.Either<ExperimentError, Served> | undefined

/** Serves until the test ends; waits until cells are asked for. */
const serving = async (): Promise<FakeWorker> => {
  const executor = () => () => []
  void serveCells({
    ...{ address: {} as never, objects: {} as never, cache: '/cache', versions: { ptu: '1.2.3', tfjs: '4' } },
    ...{ concurrency: 2, allowModules: false, lockSeconds: 7, executor, signal: stop.signal },
    warn: (text) => warnings.push(text),
  })().then((either) => (ended = either))
  await pass()
  return queue.workers[0] as FakeWorker
}

/** Lets all that is under way happen, and so many milliseconds pass. */
const pass = async (milliseconds = 0): Promise<void> => {
  await vi.advanceTimersByTimeAsync(milliseconds)
}

/** Computes a cell as the queue would. */
const compute = (worker: FakeWorker, told: unknown[] = []): Promise<void> =>
  worker.compute({ id: 'cell', data: { grid }, updateProgress: (data: unknown) => Promise.resolve(told.push(data)) })

beforeEach(() => {
  vi.useFakeTimers()
  ;[queue, stop, warnings, ended] = [fakeQueue(), new AbortController(), [], undefined]
  vi.mocked(connectQueue).mockReturnValue(TE.right(queue.connection))
  vi.mocked(computeCell).mockReset().mockResolvedValue(undefined)
})

afterEach(async () => {
  stop.abort()
  await pass(10_000)
  vi.useRealTimers()
})

describe('a worker of a queue', () => {
  it('asks for the cells of its version, as many as it computes at once, with locks of the length it was told', async () => {
    const { name, options } = await serving()
    expect([name, ended]).toEqual(['cells-1.2.3', undefined])
    expect(options).toMatchObject({ concurrency: 2, lockDuration: 7000, stalledInterval: 7000, maxStalledCount: 10 })
  })

  it('counts what was done and what failed, says why, and ends when it is told to, all closed', async () => {
    const worker = await serving()
    worker.emit('completed')
    worker.emit('completed')
    worker.emit('failed', { id: 'c\u001b[31m' }, new Error('no memory'))
    worker.emit('failed', undefined, new Error('lost'))
    expect(warnings).toEqual(['the cell c␛[31m failed: no memory', 'the cell  failed: lost'])
    stop.abort()
    await pass()
    expect([ended, queue.closed]).toEqual([E.right({ done: 2, failed: 2 }), ['queue', 'worker', 'connection']])
  })

  it('lets cells that may pass be tried again, and no others', async () => {
    const worker = await serving()
    const { UnrecoverableError } = queue.connection.bullmq
    const failing = async (cause: Error): Promise<unknown> => {
      vi.mocked(computeCell).mockRejectedValue(cause)
      return compute(worker).catch((thrown: unknown) => thrown)
    }
    const may = await failing(new CellError('full', true))
    expect([may, may instanceof UnrecoverableError]).toEqual([new Error('full'), false])
    expect(await failing(new CellError('another version', false))).toBeInstanceOf(UnrecoverableError)
    expect(await failing(new Error('a bug'))).not.toBeInstanceOf(UnrecoverableError)
    queue.keys.add(cancelledKey(grid))
    const cancelled = await failing(new Error('interrupted'))
    expect([cancelled, cancelled instanceof UnrecoverableError]).toEqual([new Error('the grid was cancelled'), true])
  })

  it('gives a cell back as it was where its store holds nothing, takes no other, and ends with the reason', async () => {
    const worker = await serving()
    vi.mocked(computeCell).mockRejectedValue(new EmptyStoreError('an empty store'))
    const given: unknown[] = []
    const moveToWait = async (token: string): Promise<void> => {
      given.push(token)
      await pass()
      given.push([...queue.closed])
    }
    const thrown = await worker
      .compute({ id: 'cell', data: { grid }, moveToWait }, 'lock')
      .catch((cause: unknown) => cause)
    expect(thrown).toBeInstanceOf(queue.connection.bullmq.WaitingError)
    expect(given).toEqual(['lock', ['queue', 'worker', 'connection']])
    expect(ended).toEqual(E.left(new UsageError('an empty store')))
    expect(warnings).toEqual([])
  })

  it('tells progress at most once a second', async () => {
    const worker = await serving()
    const told: unknown[] = []
    vi.mocked(computeCell).mockImplementation(async (_place, _name, _data, onStep) => {
      for (let step = 1; step <= 4; step++) {
        await new Promise((resolve) => setTimeout(resolve, 600))
        onStep(step, 9)
      }
    })
    const computing = compute(worker, told)
    await pass(2400)
    await computing
    expect(told).toEqual([
      { done: 2, total: 9 },
      { done: 4, total: 9 },
    ])
  })

  it('stops the cells of grids that were cancelled within 2 s, and of no others; none once it has ended', async () => {
    const worker = await serving()
    await compute(worker)
    const { slots } = vi.mocked(computeCell).mock.calls[0]?.[0] as ComputePlace
    vi.spyOn(slots, 'grids').mockReturnValue([grid, 'b', grid])
    const stopped = vi.spyOn(slots, 'stop')
    await pass(2000)
    expect(stopped).not.toHaveBeenCalled()
    queue.keys.add(cancelledKey(grid))
    await pass(2000)
    expect(stopped.mock.calls).toEqual([[grid]])
    stop.abort()
    await pass(4000)
    expect(stopped.mock.calls).toEqual([[grid]])
  })

  it('ends 5 s after the queue was lost where nothing is under way', async () => {
    const worker = await serving()
    await compute(worker)
    const { slots } = vi.mocked(computeCell).mock.calls[0]?.[0] as ComputePlace
    const busy = vi.spyOn(slots, 'grids').mockReturnValue([grid])
    worker.closing = new Promise(() => undefined)
    stop.abort()
    await pass(10_000)
    busy.mockReturnValue([])
    await pass(10_000)
    expect(ended).toBeUndefined()
    queue.client.status = 'reconnecting'
    busy.mockReturnValue([grid])
    await pass(10_000)
    expect(ended).toBeUndefined()
    busy.mockReturnValue([])
    await pass(4000)
    expect(ended).toBeUndefined()
    await pass(1000)
    expect(ended).toEqual(E.right({ done: 0, failed: 0 }))
  })

  it('is refused where all cells are of another version, which is named', async () => {
    queue.keys.add(`${versionsKey}/1.2.3`)
    expect(await serving()).toBeDefined()
    queue.keys.add(`${versionsKey}/9.9.9`)
    queue.waiting.set('cells-9.9.9', 4)
    await serving()
    expect(ended).toEqual(
      E.left(
        new UsageError(
          'the queue holds 4 cells of ptu 9.9.9 and none of ptu 1.2.3, which this worker is; start workers of that version',
        ),
      ),
    )
    expect(queue.workers).toHaveLength(1)
    queue.waiting.set('cells-1.2.3', 1)
    await serving()
    expect(queue.workers).toHaveLength(2)
  })
})
