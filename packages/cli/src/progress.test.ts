import { showing } from '@ptu/experiments'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { lineProgress, secondsLeft } from './progress.ts'

describe('the time that is left', () => {
  it('goes by what was done here, not by what was there before', () => {
    expect(secondsLeft(10, 50, 75, 100)).toBe(10)
    expect(secondsLeft(10, 50, 50, 100)).toBeUndefined()
  })
})

describe('progress without a terminal', () => {
  it('is a line every ten seconds', () => {
    const lines: string[] = []
    let time = 0
    const progress = lineProgress(
      (text) => lines.push(text),
      () => time,
    )('training')
    for (const [at, done] of [
      [0, 0],
      [4000, 10],
      [11_000, 25],
      [12_000, 30],
      [22_000, 50],
    ] as const) {
      time = at
      progress.set(done, 100)
    }
    expect(lines).toEqual(['training: 25 %, 33 s left\n', 'training: 50 %, 22 s left\n'])
  })
})

describe('showing', () => {
  it('ends the display whatever comes of the work', async () => {
    const ended: string[] = []
    const show = (title: string) => ({ set: () => undefined, stop: () => ended.push(title) })
    await showing(show, 'good', () => () => Promise.resolve(E.right(1)))()
    await showing(show, 'bad', () => () => Promise.resolve(E.left(1)))()
    expect(ended).toEqual(['good', 'bad'])
  })
})
