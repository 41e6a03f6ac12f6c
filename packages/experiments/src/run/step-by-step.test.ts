import type { Stepwise } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { InterruptedError } from '../errors.ts'
import { stepByStep } from './step-by-step.ts'

const halves = function* (): Stepwise<string> {
  yield 0
  yield undefined
  yield 0.5
  return 'whole'
}

/** A display that notes what it is told, and a signal that aborts at a part. */
const watched = (until = Infinity) => {
  const told: string[] = []
  const controller = new AbortController()
  const progress = (title: string) => ({
    set: (done: number, total: number) => {
      told.push(`${title} ${done}/${total}`)
      if (done >= until) controller.abort()
    },
    stop: () => void told.push('stopped'),
  })
  return { told, progress, signal: controller.signal }
}

describe('a long computation on this thread', () => {
  it('gives its result and shows the parts that are done', async () => {
    const { told, ...tools } = watched()
    expect(await stepByStep(tools, 'probe', halves)()).toEqual(E.right('whole'))
    expect(told).toEqual(['probe 0/1', 'probe 0.5/1', 'stopped'])
  })

  it('is interrupted once the signal aborts', async () => {
    const { told, ...tools } = watched(0)
    expect(await stepByStep(tools, 'probe', halves)()).toEqual(E.left(new InterruptedError('interrupted')))
    expect(told).toEqual(['probe 0/1', 'stopped'])
  })

  it('rejects with what it throws', async () => {
    const broken = function* (): Stepwise<never> {
      yield 0
      throw new TypeError('a bug')
    }
    await expect(stepByStep(watched(), 'probe', broken)()).rejects.toThrow('a bug')
  })
})
