import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { inParallel } from './in-parallel.ts'

/** Lets others take their turn a number of times. */
const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await Promise.resolve()
}

describe('work in parallel', () => {
  it('gives the results in the order of the jobs, whoever did them and when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 5 }), async (jobs, count) => {
        const workers = Array.from({ length: count }, (_, i) => i)
        const done = await inParallel(workers, jobs, (_worker, job) => async () => {
          await turns(job)
          return E.right(job * 2)
        })()
        expect(done).toEqual(E.right(jobs.map((job) => job * 2)))
      }),
    )
  })

  it('never gives a worker two jobs at once', async () => {
    const busy = new Set<number>()
    await inParallel(
      [0, 1, 2],
      Array.from({ length: 30 }, (_, i) => i % 4),
      (worker, job) => async () => {
        expect(busy.has(worker)).toBe(false)
        busy.add(worker)
        await turns(job)
        busy.delete(worker)
        return E.right(job)
      },
    )()
    expect(busy.size).toBe(0)
  })

  it('begins nothing after a failure and returns the first', async () => {
    const begun: number[] = []
    const result = await inParallel([0], [1, 2, 3], (_worker, job) => async () => {
      begun.push(job)
      await turns(1)
      return job === 2 ? E.left('two') : E.right(job)
    })()
    expect(result).toEqual(E.left('two'))
    expect(begun).toEqual([1, 2])
  })
})
