import { describe, expect, it } from 'vitest'

import { estimateText, paceMeter } from './time-estimate.ts'

/** Notes steps of `seconds` each until the estimate comes; returns it with the number of steps that were needed. */
const estimated = (
  workers: number,
  { kept = 0, seconds = 1, first = 10 } = {},
): { readonly needed: number | undefined; readonly noted: number } => {
  let clock = 1e6
  const meter = paceMeter({ total: 1000, steps: 100, workers }, () => clock)
  if (kept > 0) expect(meter.note(kept)).toBeUndefined()
  for (let noted = 1; noted <= 50; noted++) {
    clock += 1000 * (noted <= 2 * workers ? first : seconds)
    const needed = meter.note(1)
    if (needed !== undefined) {
      expect(meter.note(1)).toBeUndefined()
      return { needed, noted }
    }
  }
  return { needed: undefined, noted: 50 }
}

describe('the estimated time of a training', () => {
  it('is the pace of its first steps times what is left, slow first ones aside, and is told once', () => {
    const { needed, noted } = estimated(1)
    expect(noted).toBe(7)
    expect(needed).toBeCloseTo(1000 - 7 + 100, 9)
  })

  it('counts the final training at the pace of one worker', () => {
    const { needed, noted } = estimated(2)
    expect(noted).toBe(14)
    expect(needed).toBeCloseTo(1000 - 14 + 2 * 100, 9)
  })

  it('looks at short steps for longer', () => {
    const { needed, noted } = estimated(1, { seconds: 0.25 })
    expect(noted).toBe(2 + 12)
    expect(needed).toBeCloseTo(0.25 * (1000 - 14 + 100), 9)
  })

  it('takes steps of an earlier run as done, and does not time them', () => {
    expect(estimated(1, { kept: 400 }).needed).toBeCloseTo(1000 - 407 + 100, 9)
  })

  it('counts steps that are told a few at a time', () => {
    let clock = 0
    const meter = paceMeter({ total: 1000, steps: 100, workers: 1 }, () => clock)
    expect(meter.note(4)).toBeUndefined()
    clock += 4000
    expect(meter.note(4)).toBeUndefined()
    clock += 4000
    expect(meter.note(4)).toBeCloseTo(1000 - 12 + 100, 9)
  })

  it('is told beside the time that there is', () => {
    expect(estimateText(61.4, 100, 120)).toBe(
      'all folds and the final training take about 61 s; --minutes 2 should be enough',
    )
    expect(estimateText(330, 100, 150)).toBe(
      'all folds and the final training take about 6 min; --minutes 2.5 leaves 100 s, so that some folds will be left out',
    )
    expect(estimateText(8000, -3, 0)).toContain('about 2 h; --minutes 0 leaves no time')
    expect(estimateText(0.2, 100, 600)).toContain('about a second; --minutes 10 should be enough')
  })
})
