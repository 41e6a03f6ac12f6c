import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest'

import { asPart, atOnce, inTurns, turns, type Stepwise } from './turns.ts'

const clock = { now: 0, step: 0 }
let timers: MockInstance<typeof setTimeout>

beforeEach(() => {
  Object.assign(clock, { now: 1000, step: 0 })
  vi.spyOn(performance, 'now').mockImplementation(() => (clock.now += clock.step))
  timers = vi.spyOn(globalThis, 'setTimeout')
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('turns', () => {
  it('are given once an interval has gone by since the last one, and not before', async () => {
    const pause = turns(40)
    const givenAfter = async (milliseconds: number): Promise<number> => {
      clock.now += milliseconds
      const before = timers.mock.calls.length
      await pause()
      return timers.mock.calls.length - before
    }
    expect([await givenAfter(39), await givenAfter(1), await givenAfter(39), await givenAfter(1)]).toEqual([0, 1, 0, 1])
  })
})

describe('a computation in steps', () => {
  const taken: number[] = []
  const sum = function* (): Stepwise<number> {
    for (const n of [1, 2, 3, 4]) {
      taken.push(n)
      yield n === 3 ? undefined : n / 4
    }
    return 10
  }
  beforeEach(() => {
    taken.length = 0
  })

  it('gives its result at once', () => {
    expect(atOnce(sum())).toBe(10)
    expect(taken).toEqual([1, 2, 3, 4])
  })

  it('gives the same in turns, between which others run, and tells the part that is done where it is known', async () => {
    clock.step = 50
    const parts: number[] = []
    let others = 0
    const onPart = (part: number): void => {
      parts.push(part)
      setTimeout(() => others++)
    }
    expect(await inTurns(sum(), { onPart })).toBe(10)
    expect(parts).toEqual([0.25, 0.5, 1])
    expect(others).toBe(3)
  })

  it('ends with the reason of a signal once that aborts, without a further step', async () => {
    clock.step = 50
    const controller = new AbortController()
    const reason = new Error('enough')
    setTimeout(() => {
      controller.abort(reason)
    })
    await expect(inTurns(sum(), { signal: controller.signal })).rejects.toBe(reason)
    expect(taken).toEqual([1])
  })

  it('tells its part of a longer one', () => {
    const parts = [...asPart(sum(), 0.2, 0.4)]
    expect(parts.map((part) => part?.toFixed(1))).toEqual(['0.3', '0.4', undefined, '0.6'])
    expect(atOnce(asPart(sum(), 0, 1))).toBe(10)
  })
})
