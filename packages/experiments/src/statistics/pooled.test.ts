import { key } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { pairedDifference } from './paired-difference.ts'
import { byDraw, byTask, type PairedCell } from './pooled.ts'

/** Cells of one task whose differences are given as `[draws][sizes]`. */
const cells = (differences: readonly (readonly number[])[], task = 'digits'): readonly PairedCell[] =>
  differences.flatMap((row, draw) => row.map((d, i) => ({ task, draw, size: 5 * (i + 1), first: 1 + d, second: 1 })))

describe('cells pooled by draw', () => {
  const rows = [
    [0.1, 0.3],
    [0.2, 0.2],
    [-0.1, 0.5],
    [0.4, 0.6],
  ]

  it('are compared as one number per draw, the mean over its sizes', () => {
    const found = byDraw(key(0), cells(rows))
    const wanted = pairedDifference(key(0), [0.2, 0.2, 0.2, 0.5], [0, 0, 0, 0])
    expect(found).toMatchObject({ count: 4, wins: 4, p: 2 / 2 ** 4 })
    expect(found.mean).toBeCloseTo(0.275, 12)
    expect(found.interval?.low).toBeCloseTo(wanted.interval?.low ?? NaN, 9)
  })

  it('do not depend on the order of the cells', () => {
    expect(byDraw(key(0), cells(rows).toReversed()).mean).toBeCloseTo(byDraw(key(0), cells(rows)).mean, 12)
    expect(byDraw(key(0), cells(rows).toReversed()).p).toBe(byDraw(key(0), cells(rows)).p)
    const [first, second, ...rest] = cells(rows) as [PairedCell, PairedCell, ...PairedCell[]]
    expect(byDraw(key(0), [second, first, ...rest]).count).toBe(4)
  })

  it('make the step between values smaller by the number of sizes', () => {
    const equal = cells([
      [0.1, 0.1],
      [0.1, 0.1],
      [0.1, 0.1],
    ])
    const { low, high } = byDraw(key(0), equal, { resolution: 0.02 }).interval ?? { low: NaN, high: NaN }
    expect(high - low).toBeCloseTo(2 * 0.01 * (1 - 0.025 ** (1 / 3)), 12)
    expect(byDraw(key(0), equal).interval).toBeNull()
  })

  it('take the level of the interval', () => {
    const at = (level: number): number => byDraw(key(0), cells(rows), { level }).interval?.low ?? NaN
    expect(at(0.8)).toBeGreaterThan(at(0.95))
  })

  it('are refused where a draw lacks a size', () => {
    expect(() => byDraw(key(0), [...cells(rows), ...cells([[0.1]], 'digits').map((c) => ({ ...c, draw: 9 }))])).toThrow(
      'expected every draw of a task at the sizes 5, 10; draw 9 of digits has 5',
    )
  })

  it('are refused of several tasks, and without any', () => {
    expect(() => byDraw(key(0), [...cells(rows), ...cells(rows, 'letters')])).toThrow(
      'expected the cells of one task, got digits, letters; compare several tasks with byTask',
    )
    expect(() => byDraw(key(0), [])).toThrow('expected at least one cell')
    expect(() => byTask(key(0), [])).toThrow('expected at least one cell')
  })
})

describe('cells pooled by task', () => {
  it('are compared as one number per task, whatever its draws', () => {
    const found = byTask(key(0), [
      ...cells([[0.1], [0.3]], 'a'),
      ...cells([[0.4], [0.5], [0.6], [0.5]], 'b'),
      ...cells([[-0.1]], 'c'),
    ])
    expect(found).toMatchObject({ count: 3, wins: 2 })
    expect(found.mean).toBeCloseTo((0.2 + 0.5 - 0.1) / 3, 12)
    expect(found.p).toBe(0.5)
  })

  it('keep the coarsest step: that of the task with the fewest cells', () => {
    const tasks = [...cells([[0.1]], 'a'), ...cells([[0.1], [0.1]], 'b'), ...cells([[0.1]], 'c')]
    const { low, high } = byTask(key(0), tasks, { resolution: 0.02 }).interval ?? { low: NaN, high: NaN }
    expect(high - low).toBeCloseTo(2 * 0.02 * (1 - 0.025 ** (1 / 3)), 12)
  })

  it('are refused where draws of one task differ in their sizes', () => {
    const odd = [...cells([[0.1, 0.2]], 'a'), ...cells([[0.1], [0.2, 0.3]], 'b')]
    expect(() => byTask(key(0), odd)).toThrow('draw 1 of b has 5, 10')
  })
})
