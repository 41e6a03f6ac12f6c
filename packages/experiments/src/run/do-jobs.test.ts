import { key } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { beforeAll, describe, expect, it } from 'vitest'

import { blobs } from '../../tests/blobs.ts'
import { messageIn, rightOf, smallComparison, smallNetwork } from '../../tests/small-network.ts'
import { RunError } from '../errors.ts'
import { builtInMethods } from '../methods/built-in.ts'
import type { JobResult } from '../results/results.ts'
import type { Comparison } from './comparison.ts'
import { doJobs } from './do-jobs.ts'
import { memoryStore } from './store.ts'
import type { Worker } from './worker.ts'

const result: JobResult = {
  ...{ depth: null, rate: 0.1, accuracy: 0.5, curve: [1], gates: [], parameters: 3, bytes: 9, foldError: 0 },
  ...{ testOpened: 1, trials: [{ depth: null, rate: 0.1, accuracy: 1, loss: null, seconds: 1 }], seconds: 2 },
}

const unasked = () => TE.left(new RunError('nobody asks for this'))

/** A worker that tells half of the steps of a run of one training, then all of them. */
const workerOf = (steps: number): Worker => ({
  ...{ start: unasked, trainSource: unasked, freeze: unasked, make: unasked, fit: unasked, predict: unasked },
  ...{ weigh: unasked, linear: unasked, close: () => undefined },
  run: (_comparison, _job, onStep) => {
    onStep(steps / 2, steps)
    onStep(steps, steps)
    return TE.right(result)
  },
})

const methods = builtInMethods.filter(({ name }) => name === 'ptu')
const seeds = [0, 1]

let comparison: Comparison

beforeAll(async () => {
  comparison = smallComparison(await smallNetwork(), blobs(key(1), 8))
})

describe('the jobs of a comparison', () => {
  const tools = () => {
    const told: (readonly [number, number])[] = []
    const titles: string[] = []
    const progress = (title: string) => {
      titles.push(title)
      return { set: (done: number, total: number) => void told.push([done, total]), stop: () => titles.push('end') }
    }
    return { told, titles, progress, store: memoryStore() }
  }

  it('tell the steps of all of them that are done, of those in all', async () => {
    const { told, titles, ...rest } = tools()
    const done = await doJobs({ workers: [workerOf(12)], methods, seeds, tools: rest }, comparison)()
    expect(rightOf(done).map(({ job }) => job.seed)).toEqual(seeds)
    expect([told[0], told.at(-1)]).toEqual([
      [6, 24],
      [24, 24],
    ])
    expect(told.map(([steps]) => steps)).toEqual([6, 12, 12, 18, 24, 24])
    expect(titles).toEqual(['methods', 'end'])
  })

  it('that were done before are not done again, and count as done', async () => {
    const { told, progress, store } = tools()
    const rest = { progress, store }
    rightOf(await doJobs({ workers: [workerOf(12)], methods, seeds, tools: rest }, comparison)())
    told.length = 0
    const idle: Worker = { ...workerOf(12), run: unasked }
    const again = await doJobs({ workers: [idle], methods, seeds, tools: rest }, comparison)()
    expect(rightOf(again)).toHaveLength(2)
    expect(told).toEqual([
      [12, 24],
      [24, 24],
    ])
    const other = await doJobs({ workers: [idle], methods, seeds: [2], tools: rest }, comparison)()
    expect([E.isLeft(other), messageIn(other)]).toEqual([true, 'nobody asks for this'])
  })
})
