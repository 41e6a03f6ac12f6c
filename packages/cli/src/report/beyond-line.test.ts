import type { MeasuredColumn, RunResult } from '@ptu/experiments'
import { describe, expect, it } from 'vitest'

import { beyondColumns } from './beyond-line.ts'

const measures: readonly MeasuredColumn[] = [
  { measure: 'ood', name: 'ood.accuracy', title: 'shifted %', unit: 'part', beside: 'ood.same' },
  { measure: 'ood', name: 'ood.same', title: 'same %', unit: 'part' },
]

const run = (method: string, seed: number, [same, shifted]: readonly [number, number], chosen = method): RunResult => (({
  ...{ method, seed, chosen, depth: null, rate: 1, accuracy: same, curve: [], gates: [], parameters: 1, bytes: 1 },
  ...{ foldError: 0, testLabels: 10, testOpened: 1, trials: [], seconds: 1 },
  measures: [
    { name: 'ood.accuracy', value: shifted },
    { name: 'ood.same', value: same },
  ],
})) // prettier-ignore

const logistic = (x: number): number => 1 / (1 + Math.exp(-x))
/** Accuracies on the line `logit(outside) = 0.5 · logit(inside) - 0.2`, and beyond it by so much. */
const onLine = (logit: number, beyond = 0): readonly [number, number] => [
  logistic(logit),
  logistic(0.5 * logit - 0.2) + beyond,
]

describe('beyondColumns', () => {
  it('tells the accuracy under shifts beyond the line of all networks, with an interval over draws', () => {
    const runs = [
      ...[0.5, 1, 1.5].map((logit, seed) => run('above', seed, onLine(logit, 0.05))),
      ...[0.5, 1, 1.5].map((logit, seed) => run('below', seed, onLine(logit, -0.05))),
      run('any', 0, onLine(3, 0.3), 'above'),
    ]
    const [column, ...others] = beyondColumns({ runs, measures })
    expect(others).toEqual([])
    expect(column?.title).toBe('ood.accuracy beyond the line')
    expect(column?.cell('above')).toMatch(/^\+?[45]\.\d \(\+?[45]\.\d to \+?[45]\.\d\)$/)
    expect(column?.cell('below')).toMatch(/^-[45]\.\d/)
    expect(column?.cell('none')).toBe('')
  })

  it('says nothing where no line can be fitted, and has no column where nothing is beside', () => {
    const same = [run('a', 0, [0.8, 0.6]), run('b', 0, [0.8, 0.7])]
    expect(beyondColumns({ runs: same, measures })[0]?.cell('a')).toBe('')
    expect(beyondColumns({ runs: same, measures: measures.slice(1) })).toEqual([])
    expect(beyondColumns({ runs: same })).toEqual([])
  })
})
