import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { fakeQueue, type FakeJob, type FakeQueue } from '../../tests/fake-queue.ts'
import { openFollower, type Follower } from './follower.ts'
import { cancelledKey, versionsKey } from './names.ts'
import type { Payload } from './payload.ts'

const payload: Payload = {
  schema: 'ptu-cell-job/1',
  ...{ ptu: '1.2.3', grid: 'a'.repeat(64), seed: 0, method: 'ptu', held: null },
}

let queue: FakeQueue
let follower: Follower
let ends: string[]
let steps: (readonly [number, number])[]

beforeEach(async () => {
  vi.useFakeTimers()
  ;[queue, ends, steps] = [fakeQueue(), [], []]
  follower = await openFollower(queue.connection, '1.2.3')
})

afterEach(() => {
  vi.useRealTimers()
})

/** Lets all that is under way happen, and so many milliseconds pass. */
const pass = async (milliseconds = 0): Promise<void> => {
  await vi.advanceTimersByTimeAsync(milliseconds)
}

/** Follows a cell; its end is noted. */
const follow = async (name = 'cell'): Promise<void> => {
  const onStep = (done: number, total: number): void => void steps.push([done, total])
  void follower.follow(name, payload, onStep).then(
    () => ends.push(`${name} done`),
    (cause: unknown) => ends.push(`${name} ${(cause as Error).message}`),
  )
  await pass()
}

const hold = (job: Omit<FakeJob, 'data'>): void => {
  queue.jobs.set('cell', { data: payload, ...job })
}

describe('a follower of cells', () => {
  it('tells other workers its version, and puts a cell that is not there into the queue', async () => {
    await follow()
    expect([...queue.keys]).toEqual([`${versionsKey}/1.2.3`])
    expect([queue.added, queue.jobs.get('cell'), ends]).toEqual([['cell'], { state: 'waiting', data: payload }, []])
  })

  it('leaves a cell that waits, and begins one anew that ended before', async () => {
    hold({ state: 'waiting' })
    await follow()
    expect(queue.added).toEqual([])
    for (const state of ['failed', 'completed'] as const) {
      hold({ state })
      await follow()
    }
    expect([queue.added, queue.jobs.get('cell')?.state, ends]).toEqual([['cell', 'cell'], 'waiting', []])
  })

  it('ends each cell by its own event, and passes on steps that are numbers', async () => {
    await follow('one')
    await follow('two')
    queue.events.emit('progress', { jobId: 'one', data: { done: 3, total: 9 } })
    for (const data of [7, { done: 3 }, { done: NaN, total: 9 }]) queue.events.emit('progress', { jobId: 'one', data })
    queue.events.emit('progress', { jobId: 'other', data: { done: 1, total: 2 } })
    queue.events.emit('completed', { jobId: 'two' })
    await pass()
    expect([steps, ends]).toEqual([[[3, 9]], ['two done']])
    queue.events.emit('completed', { jobId: 'one' })
    await pass()
    expect(ends).toEqual(['two done', 'one done'])
  })

  it('gives the reason of a cell that failed, by an event or seen later', async () => {
    await follow()
    hold({ state: 'failed', failedReason: 'no memory' })
    queue.events.emit('failed', { jobId: 'cell' })
    await pass()
    await follow('cell')
    hold({ state: 'failed' })
    await pass(15_000)
    expect(ends).toEqual(['cell no memory', 'cell it failed'])
  })

  it('looks every 15 s at what no event told: ended, or lost and put there again', async () => {
    await follow()
    queue.jobs.delete('cell')
    await pass(14_000)
    expect(queue.added).toHaveLength(1)
    await pass(1000)
    expect([queue.added, ends]).toEqual([['cell', 'cell'], []])
    hold({ state: 'completed' })
    await pass(15_000)
    expect(ends).toEqual(['cell done'])
  })

  it('knows a removed cell of a cancelled grid from one that was lost', async () => {
    await follow()
    queue.keys.add(cancelledKey(payload.grid))
    queue.jobs.delete('cell')
    queue.events.emit('removed', { jobId: 'cell' })
    await pass()
    expect([queue.added, ends]).toEqual([['cell'], ['cell the grid was cancelled']])
  })

  it('is told why no cell is followed any more, those of now and later ones, which stay in the queue', async () => {
    await follow('one')
    follower.abandon(new Error('interrupted'))
    await pass()
    await follow('two')
    expect([ends, queue.added]).toEqual([['one interrupted', 'two interrupted'], ['one']])
  })

  it('says in words that a cell could not be put there, without the cell', async () => {
    queue.failing = new Error('OOM command not allowed')
    await follow()
    expect(ends).toEqual([
      'cell the queue at redis://fake cannot be used: its memory is full; raise maxmemory and repeat',
    ])
  })

  it('looks no more once it is closed, and closes all that it opened', async () => {
    await follow()
    await follower.close()
    queue.jobs.delete('cell')
    await pass(60_000)
    expect([queue.added, queue.closed]).toEqual([['cell'], ['events', 'queue', 'connection']])
  })
})
