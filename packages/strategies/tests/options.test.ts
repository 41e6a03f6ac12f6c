import { key, OptionError } from '@ptu/core'
import { dense } from '@ptu/layers'
import { disposeSource } from '@ptu/networks'
import { describe, expect, it } from 'vitest'

import { filled } from '../src/evidence/options.ts'
import { decayed, fineTune, fineTunePlan, l2sp, lora, mixout, PlanError, sharePlan } from '../src/index.ts'
import { exampleSource } from './example-source.ts'

const justBelow = (x: number): number => x * (1 - 2 ** -53)

describe('a number as an option', () => {
  it.each([
    [
      'l2sp, strength',
      (strength: number) => l2sp(fineTune, { strength }),
      [0, 0.01, Number.MAX_VALUE],
      [-1e-9, Infinity, NaN],
    ],
    [
      'decayed, strength',
      (strength: number) => decayed(dense(2), { strength }),
      [0, Number.MAX_VALUE],
      [-1e-9, Infinity, NaN],
    ],
    ['mixout, rate', (rate: number) => mixout({ rate }), [0, 0.5, justBelow(1)], [-1e-9, 1, NaN]],
    ['lora, rank', (rank: number) => lora({ rank }), [1, 2], [0, -1, 1.5, NaN, Infinity]],
    ['lora, alpha', (alpha: number) => lora({ alpha }), [Number.MIN_VALUE, Number.MAX_VALUE], [0, -1, Infinity, NaN]],
  ] as const)('of %s is taken up to its limits, and refused beyond', (_, of, taken, refused) => {
    for (const value of taken) expect(() => of(value)).not.toThrow()
    for (const value of refused) expect(() => of(value)).toThrow(OptionError)
  })

  it.each([{ from: 0 }, { limit: 2 }, { directions: 1 }, { projections: 1 }, { margin: 0 }])(
    'of evidence is taken down to %o',
    (least) => {
      expect(filled({ key: key(0), ...least }, 3)).toMatchObject(least)
    },
  )

  it('of a plan is a whole number of blocks, from none to all', () => {
    const source = exampleSource()
    for (const planOf of [sharePlan, fineTunePlan]) {
      const [none, all] = [planOf(source, 0), planOf(source, 3)]
      expect([new Set(none).size, new Set(all).size, none.length, all.length]).toEqual([1, 1, 3, 3])
      expect(none[0]).not.toBe(all[0])
      for (const k of [-1, 1.5, 4, NaN]) expect(() => planOf(source, k)).toThrow(PlanError)
    }
    disposeSource(source)
  })
})
