import { openThread } from '../node/open-thread.ts'
import type { Folders } from '../node/runner-here.ts'
import { threads } from '../node/thread-worker.ts'
import type { Executor } from '../run/worker.ts'

/** Threads that load what training needs before there is work, so that the first cells do not wait for it. */
export interface Standby {
  /** Opens a worker on one of the threads, or on a new one if none is left. */
  readonly executor: (folders: Folders) => Executor
  /** Ends the threads that were not taken. */
  readonly close: () => void
}

/** Starts `count` threads. One that ends before it is taken, for want of memory for instance, is forgotten. */
export const openStandby = (count: number, measuresModule: string | undefined): Standby => {
  const ready = new Set(Array.from({ length: count }, openThread))
  for (const thread of ready)
    thread
      .on('error', () => undefined)
      .once('exit', () => {
        ready.delete(thread)
      })
  return {
    executor: (folders) => {
      const [thread] = ready
      if (thread !== undefined) ready.delete(thread)
      return threads({ workers: 1, each: 1 }, { ...folders, measuresModule }, thread)
    },
    close: () => {
      for (const thread of ready) void thread.terminate()
    },
  }
}
