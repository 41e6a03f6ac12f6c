import { OptionError } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { constant, cosine, oneCycle, warmUp } from './schedules.ts'

describe('a schedule', () => {
  it('can be constant', () => {
    expect([0, 7, 1e6].map(constant(0.3))).toEqual([0.3, 0.3, 0.3])
  })

  it('falls along half a cosine to a fraction of its start and stays there', () => {
    // 1 · (.02 + .98 · (1 + cos(π t / 4)) / 2)
    expect([0, 1, 2, 4, 5, 100].map(cosine({ from: 1, to: 0.02, steps: 4 }))).toBeAllClose(
      [1, 0.8564823227814083, 0.51, 0.02, 0.02, 0.02],
      { absolute: 1e-12 },
    )
  })

  it('falls to 0 by default', () => {
    expect(cosine({ from: 3, steps: 2 })(2)).toBe(0)
  })

  it('warms up in a line from the first step and then starts the other from 0', () => {
    expect([0, 1, 2, 3, 4, 5].map(warmUp(4, (step) => 8 - step))).toEqual([2, 4, 6, 8, 8, 7])
  })

  it('cycles once: up, down, and holds the end', () => {
    const rate = oneCycle({ peak: 2, steps: 11, rise: 0.5, from: 0.25, to: 0.5 })
    expect([0, 2.25, 4.5, 7.25, 10, 11, 500].map(rate)).toBeAllClose([0.5, 1.25, 2, 1.5, 1, 1, 1], { absolute: 1e-12 })
  })

  it('cycles from its peak where it does not rise, and ends at it where it only rises', () => {
    const [fall, rise] = [0, 1].map((part) => oneCycle({ peak: 4, steps: 3, rise: part, from: 0.5, to: 0.25 }))
    expect([0, 1, 2].map((step) => fall?.(step))).toBeAllClose([4, 2.5, 1], { absolute: 1e-12 })
    expect([0, 1, 2].map((step) => rise?.(step))).toBeAllClose([2, 3, 1], { absolute: 1e-12 })
  })

  it.each([0, 0.01, 1])('cycles without NaN where it rises in %f of the steps', (rise) => {
    const rate = oneCycle({ peak: 1, steps: 2, rise })
    expect([0, 1, 2].map(rate).every((value) => value > 0 && value <= 1)).toBe(true)
  })

  it.each<readonly [string, () => unknown, string]>([
    ['a NaN value', () => constant(NaN), 'value: expected a finite number of at least 0, got NaN'],
    ['no steps', () => cosine({ from: 1, steps: 0 }), 'steps: expected a whole number of at least 1, got 0'],
    ['an end above its start', () => cosine({ from: 1, to: 2, steps: 5 }), 'to: expected a number in [0, 1], got 2'],
    ['half a step of warm-up', () => warmUp(0.5, constant(1)), 'steps: expected a whole number of at least 1, got 0.5'],
    ['a cycle of one step', () => oneCycle({ peak: 1, steps: 1 }), 'steps: expected at least 2, got 1'],
    [
      'a rise over more than all',
      () => oneCycle({ peak: 1, steps: 9, rise: 1.1 }),
      'rise: expected a number in [0, 1], got 1.1',
    ],
    [
      'a start above the peak',
      () => oneCycle({ peak: 1, steps: 9, from: 2 }),
      'from: expected a number in [0, 1], got 2',
    ],
    ['an end above the peak', () => oneCycle({ peak: 1, steps: 9, to: -1 }), 'to: expected a number in [0, 1], got -1'],
    ['a negative start', () => cosine({ from: -1, steps: 2 }), 'from: expected a finite number of at least 0, got -1'],
    [
      'a cycle of no steps',
      () => oneCycle({ peak: 1, steps: 0 }),
      'steps: expected a whole number of at least 1, got 0',
    ],
    ['a negative peak', () => oneCycle({ peak: -1, steps: 9 }), 'peak: expected a finite number of at least 0, got -1'],
  ])('refuses %s', (_case, make, message) => {
    expect(make).toThrow(new OptionError(message))
  })
})
