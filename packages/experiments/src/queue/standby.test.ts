import { EventEmitter } from 'node:events'
import type { Worker as Thread } from 'node:worker_threads'

import { beforeEach, describe, expect, it, vi } from 'vitest'

import { openThread } from '../node/open-thread.ts'
import { threads } from '../node/thread-worker.ts'
import { openStandby } from './standby.ts'

vi.mock('../node/open-thread.ts', () => ({ openThread: vi.fn() }))
vi.mock('../node/thread-worker.ts', () => ({ threads: vi.fn() }))

/** A thread that does nothing but end when it is told to. */
class IdleThread extends EventEmitter {
  readonly terminate = vi.fn(() => Promise.resolve(0))
}

let opened: IdleThread[] = []
const folders = { folder: '/runs/a', features: 'features' }

/** The threads that workers were opened on; undefined for a new one. */
const taken = (): readonly (Thread | undefined)[] => vi.mocked(threads).mock.calls.map(([, , thread]) => thread)

beforeEach(() => {
  opened = []
  vi.mocked(threads).mockReset()
  vi.mocked(openThread).mockReset()
  vi.mocked(openThread).mockImplementation(() => {
    const thread = new IdleThread()
    opened.push(thread)
    return thread as unknown as Thread
  })
})

describe('threads that stand by', () => {
  it('start at once, as many as were asked for', () => {
    openStandby(3, undefined)
    expect(opened).toHaveLength(3)
  })

  it('are each taken once, then workers open threads of their own', () => {
    const { executor } = openStandby(2, 'measures.mjs')
    for (let i = 0; i < 3; i++) executor(folders)
    expect(taken()).toEqual([opened[0], opened[1], undefined])
    for (const [count, place] of vi.mocked(threads).mock.calls)
      expect([count, place]).toEqual([
        { workers: 1, each: 1 },
        { ...folders, measuresModule: 'measures.mjs' },
      ])
    expect(opened).toHaveLength(2)
  })

  it('are forgotten where they end before they are taken, and their errors end nothing', () => {
    const { executor } = openStandby(2, undefined)
    opened[0]?.emit('error', new Error('out of memory'))
    opened[0]?.emit('exit', 1)
    executor(folders)
    executor(folders)
    expect(taken()).toEqual([opened[1], undefined])
  })

  it('end with the standby, but for those that were taken', () => {
    const { executor, close } = openStandby(3, undefined)
    executor(folders)
    close()
    expect(opened.map(({ terminate }) => terminate.mock.calls.length)).toEqual([0, 1, 1])
  })
})
