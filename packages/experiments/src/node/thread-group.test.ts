import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'

import { colours, smallComparison, smallNetwork } from '../../tests/small-network.ts'
import { RunError, type ExperimentError } from '../errors.ts'
import type { Fitted, FitRequest } from '../run/fit-method.ts'
import type { Worker } from '../run/worker.ts'
import { groupOf } from './thread-group.ts'
import { abandon, sumAmong, sumMemory } from './thread-sum.ts'

const bug = (): never => {
  throw new Error('not asked for')
}

const member = (fit: Worker['fit'], closed: string[] = []): Worker => ({
  ...{ start: () => TE.right('cpu'), trainSource: bug, freeze: bug, run: bug, make: bug, linear: bug, predict: bug },
  ...{ weigh: bug, fit, close: () => closed.push('closed') },
})

const fitted = (seconds: number): Fitted => ({ probabilities: null, model: null, curve: [], seconds })

const request = async (): Promise<FitRequest> => ({
  ...{
    name: 'one',
    method: 'ptu',
    held: { depth: null, rate: 1e-3 },
    seed: 0,
    train: null,
    predict: null,
    keeps: false,
  },
  comparison: smallComparison(await smallNetwork(), colours(2, 2)),
})

const quiet = (): void => undefined

/** True if a thread that adds up in a memory would be told to end. */
const isAbandoned = (memory: SharedArrayBuffer): boolean => {
  try {
    sumAmong(memory, 0, 1)(Float32Array.of(1))
    return false
  } catch {
    return true
  }
}

describe('several threads as one worker', () => {
  it('are all asked for a training; the first one answers and tells how far it is', async () => {
    const asked: number[] = []
    const told: number[] = []
    const members = [0, 1, 2].map((rank) =>
      member((_request, onStep) => () => {
        asked.push(rank)
        onStep(rank, 9)
        return Promise.resolve(E.right(fitted(rank)))
      }),
    )
    const answer = await groupOf(members, sumMemory(3)).fit(await request(), (done) => told.push(done))()
    expect(answer).toEqual(E.right(fitted(0)))
    expect([asked, told]).toEqual([[0, 1, 2], [0]])
  })

  it('end with the error that came first, and none of them waits for another', async () => {
    const memory = sumMemory(2)
    let seen: boolean | undefined
    const waits: Worker['fit'] = () => async () => {
      await Promise.resolve()
      await Promise.resolve()
      await Promise.resolve()
      seen = isAbandoned(memory)
      return E.left<ExperimentError, Fitted>(new RunError('another thread of this training ended'))
    }
    const fails: Worker['fit'] = () => TE.left(new RunError('diverged'))
    const answer = await groupOf([member(waits), member(fails)], memory).fit(await request(), quiet)()
    expect([answer, seen]).toEqual([E.left(new RunError('diverged')), true])
    expect(isAbandoned(memory)).toBe(false)
  })

  it('reject with the bug that one of them meets, after all have ended', async () => {
    const memory = sumMemory(2)
    let ended = false
    const slow: Worker['fit'] = () => async () => {
      await new Promise((resolve) => setImmediate(resolve))
      ended = true
      return E.right(fitted(0))
    }
    const broken: Worker['fit'] = () => () => Promise.reject(new Error('a bug'))
    const asked = groupOf([member(slow), member(broken)], memory).fit(await request(), quiet)
    await expect(asked()).rejects.toThrow('a bug')
    expect(ended).toBe(true)
    abandon(memory)
  })

  it('are all started and all closed', async () => {
    const closed: string[] = []
    const group = groupOf([member(bug, closed), member(bug, closed)], sumMemory(2))
    expect(await group.start()()).toEqual(E.right('cpu'))
    group.close()
    expect(closed).toEqual(['closed', 'closed'])
  })
})
