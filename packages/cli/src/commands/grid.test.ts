import type { GridStatus } from '@ptu/experiments/queue'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { knownGrid, statusText } from './grid.ts'

const failed = (count: number): GridStatus['failed'] =>
  Array.from({ length: count }, (_, seed) => ({
    key: `k${seed}`,
    cell: `c${seed}`,
    seed,
    method: 'ptu',
    reason: 'no memory',
  }))

const status: GridStatus = {
  ...{ grid: '0123456789abcdef', waiting: 3, active: 2, done: 4, failed: failed(1), secondsLeft: 65 },
  workers: [{ name: 'one', done: 3, seconds: 12, perMinute: 4.96 }],
}

describe('the state of a grid', () => {
  it('counts its cells, with the time that is left, its workers and its failures', () => {
    expect(statusText(status).split('\n')).toEqual([
      'grid 0123456789ab: 4 of 10 cells done, 2 under way, 3 waiting, 1 failed, about 1 min 5 s left',
      'worker  cells  a cell  a minute',
      '──────  ─────  ──────  ────────',
      'one         3    12 s       5.0',
      'failed: ptu, seed 0: no memory',
    ])
  })

  it('tells no time where nothing is left or none is known', () => {
    const text = (changes: Partial<GridStatus>): string => statusText({ ...status, ...changes })
    expect(text({ secondsLeft: null })).not.toContain('about')
    expect(text({ waiting: 0, active: 0 })).not.toContain('about')
    expect(text({ waiting: 0 })).toContain('about')
    expect(text({ workers: [], failed: [] })).toBe(
      'grid 0123456789ab: 4 of 9 cells done, 2 under way, 3 waiting, 0 failed, about 1 min 5 s left',
    )
  })

  it('has one line for each reason, the commonest first, with its number of cells and an example', () => {
    const [one] = failed(1)
    const full = one === undefined ? [] : [{ ...one, seed: 7, method: 'share', reason: 'disk full' }]
    const lines = statusText({ ...status, failed: [...full, ...failed(300)] }).split('\n')
    expect(lines.slice(-2)).toEqual([
      'failed: 300 cells, for instance ptu, seed 0: no memory',
      'failed: share, seed 7: disk full',
    ])
  })

  it('shows twenty reasons and counts the others', () => {
    const lines = (count: number): readonly string[] =>
      statusText({
        ...status,
        failed: failed(count).map((cell) => ({ ...cell, reason: `reason ${cell.seed}` })),
      }).split('\n')
    expect(lines(20).at(-1)).toBe('failed: ptu, seed 19: reason 19')
    expect(lines(21).at(-1)).toBe('and 1 other reason, in --json')
    expect(lines(23).slice(-2)).toEqual(['failed: ptu, seed 19: reason 19', 'and 3 other reasons, in --json'])
  })
})

describe('the name of a grid', () => {
  const names = ['0123456789abcdef', '01ff456789abcdef', 'fe702b5ad41a0000']

  it('is known by its first digits, which several may share', () => {
    for (const digits of ['0', '01', 'fe7', names[0] ?? '']) expect(knownGrid(digits, names)).toEqual(E.right(digits))
  })

  it.each([
    ['of no grid', 'e702', names, 'got "e702"; the queue has 0123456789ab, 01ff456789ab, fe702b5ad41a;'],
    ['that is empty, as an unset variable is', '', names, 'got ""; the queue has 0123456789ab,'],
    ['where there is no grid', 'fe7', [], 'got "fe7"; the queue has no cells;'],
    ['of many', 'x', Array.from({ length: 22 }, (_, i) => `g${i}`), 'g19 and 2 others;'],
  ])('%s is refused with the names that there are', (_, digits, known, words) => {
    const found = knownGrid(digits, known)
    expect(E.isLeft(found) && found.left.message).toContain(words)
  })
})
