import { EventEmitter } from 'node:events'
import type { Worker as Thread } from 'node:worker_threads'

import * as E from 'fp-ts/lib/Either.js'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { InterruptedError, RunError, UsageError } from '../errors.ts'
import type { Worker, WorkerSetup } from '../run/worker.ts'
import type { Reply } from './messages.ts'
import { openThread } from './open-thread.ts'
import { threads } from './thread-worker.ts'

vi.mock('./open-thread.ts', () => ({ openThread: vi.fn() }))

/** A thread that says what a test lets it say. */
interface FakeThread extends EventEmitter {
  /** The messages to it. */
  readonly told: unknown[]
  readonly terminate: () => void
}

let opened: FakeThread[] = []
let stop: AbortController
let warnings: string[]

const fakeThread = (): FakeThread => {
  const told: unknown[] = []
  const thread: FakeThread = Object.assign(new EventEmitter(), {
    told,
    postMessage: (message: unknown) => told.push(message),
    terminate: () => void thread.emit('exit', 1),
  })
  return thread
}

const place = { folder: '/runs/a', features: '/features' }
const started = { task: 'start', inputs: [] }

/** Opens workers on threads, the first of them open already. */
const workersOn = (workers: number, each: number, first?: FakeThread): readonly Worker[] => {
  const setup: WorkerSetup = {
    ...{ backend: 'cpu', modules: ['m.mjs'], signal: stop.signal },
    warn: (text) => warnings.push(text),
  }
  return threads({ workers, each }, place, first as unknown as Thread)(setup)
}

const say = (thread: FakeThread | undefined, reply: Reply): void => void thread?.emit('message', reply)

beforeEach(() => {
  ;[opened, stop, warnings] = [[], new AbortController(), []]
  vi.mocked(openThread).mockImplementation(() => {
    const thread = fakeThread()
    opened.push(thread)
    return thread as unknown as Thread
  })
})

describe('workers on threads', () => {
  it('train alone where each is one thread, and take the thread that is open first', () => {
    const first = fakeThread()
    expect(workersOn(2, 1, first)).toHaveLength(2)
    const setup = { backend: 'cpu', modules: ['m.mjs'], ...place }
    expect([first.told, opened.map(({ told }) => told)]).toEqual([[setup], [[setup]]])
  })

  it('train together where each is several threads, ranked within one memory', () => {
    expect(workersOn(2, 2)).toHaveLength(2)
    const groups = opened.map(({ told: [setup] }) => (setup as { group: { memory: unknown } }).group)
    expect(groups).toMatchObject([0, 1, 0, 1].map((rank) => ({ rank, count: 2 })))
    const [a, b, c, d] = groups.map(({ memory }) => memory)
    expect([a === b, c === d, a === c]).toEqual([true, true, false])
  })

  it('answer with what the thread says, after its steps', async () => {
    const [worker] = workersOn(1, 1) as readonly [Worker]
    const [thread] = opened
    const steps: number[][] = []
    const answer = worker.freeze({ datasets: [] } as never, (...step) => steps.push(step))()
    expect(thread?.told[1]).toEqual({ task: 'freeze', inputs: [{ datasets: [] }] })
    say(thread, { kind: 'step', done: 1, total: 4 })
    say(thread, { kind: 'warning', text: 'careful' })
    say(thread, { kind: 'right', value: 'frozen' })
    expect([await answer, steps, warnings]).toEqual([E.right('frozen'), [[1, 4]], ['careful']])
    const job = worker.run('comparison' as never, 'job' as never, () => undefined)()
    expect(thread?.told[2]).toEqual({ task: 'run', inputs: ['comparison', 'job'] })
    say(thread, { kind: 'left', message: 'diverged', usage: false })
    const start = worker.start()()
    expect(thread?.told[3]).toEqual(started)
    say(thread, { kind: 'left', message: 'no such backend', usage: true })
    expect([await job, await start]).toEqual([
      E.left(new RunError('diverged')),
      E.left(new UsageError('no such backend')),
    ])
    expect(E.getOrElseW((error) => error)(await start)).toBeInstanceOf(UsageError)
    expect(thread?.listenerCount('message')).toBe(1)
  })

  it('are interrupted by the signal, those under way and later ones', async () => {
    const [worker] = workersOn(1, 1) as readonly [Worker]
    const under = worker.start()()
    stop.abort()
    const interrupted = E.left(new InterruptedError('interrupted'))
    expect([await under, await worker.start()()]).toEqual([interrupted, interrupted])
    expect(opened[0]?.told).toHaveLength(2)
  })

  it('reject where a thread ends without an answer or meets a bug, at the time or before', async () => {
    const [one, two] = workersOn(2, 1) as readonly [Worker, Worker]
    const under = one.start()()
    opened[0]?.emit('exit', 1)
    await expect(under).rejects.toThrow('a training thread ended without an answer')
    await expect(one.start()()).rejects.toThrow('a training thread ended without an answer')
    opened[1]?.emit('error', new Error('a bug'))
    opened[1]?.emit('exit', 1)
    await expect(two.start()()).rejects.toThrow('a bug')
  })

  it('end their threads when they are closed, and listen to the signal no more', () => {
    const [worker] = workersOn(1, 1) as readonly [Worker]
    const ended = vi.fn()
    opened[0]?.on('exit', ended)
    worker.close()
    stop.abort()
    expect(ended).toHaveBeenCalledTimes(1)
  })
})
