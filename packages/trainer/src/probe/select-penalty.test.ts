import { atOnce } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import golden from '../../fixtures/probe.json' with { type: 'json' }
import { selectPenalty, type Selected, type Selection } from './select-penalty.ts'

const selectionOf = (fixture: (typeof golden.selections)[number]): Selection => ({
  rows: {
    values: Float64Array.from(fixture.features),
    rows: fixture.labels.length,
    columns: fixture.size,
  },
  labels: Int32Array.from(fixture.labels),
  classes: fixture.classes,
  folds: fixture.folds,
  penalties: fixture.penalties,
})

const select = (selection: Selection): Selected => atOnce(selectPenalty(selection))

const [first] = golden.selections.map(selectionOf) as [Selection]

describe('the penalty', () => {
  it.each(golden.selections)('is the one that scikit-learn finds best on the same folds: $best.penalty', (fixture) => {
    const { penalty, heldOut } = select(selectionOf(fixture))
    expect(penalty).toBe(fixture.best.penalty)
    for (const [i, log] of fixture.best.logs.entries()) expect(Math.abs((heldOut[i] ?? NaN) - log)).toBeLessThan(5e-3)
  })

  it('does not depend on the order in which penalties are given', () => {
    expect(select({ ...first, penalties: first.penalties.toReversed() })).toEqual(select(first))
  })

  it('is the strongest of equal ones', () => {
    const zeros = { ...first.rows, values: new Float64Array(first.rows.values.length) }
    expect(select({ ...first, rows: zeros, penalties: [0.1, 10, 1] }).penalty).toBe(10)
  })

  it('is not sought beyond two that are no better', () => {
    // A penalty that is repeated is no better than itself.
    expect(select({ ...first, penalties: [10, 10, 0.03] }).penalty).toBe(0.03)
    expect(select({ ...first, penalties: [10, 10, 10, 0.03] }).penalty).toBe(10)
    expect(select({ ...first, penalties: [10, 10, 3, 3, 0.03] }).penalty).toBe(0.03)
  })

  it('leaves out examples whose class no other fold has, and is the strongest where that is all of them', () => {
    const rows = { values: Float64Array.of(0, 0, 1, 1, 5), rows: 5, columns: 1 }
    const labels = Int32Array.of(0, 0, 1, 1, 2)
    const folds = [
      [0, 2, 4],
      [1, 3],
    ]
    const { heldOut } = select({ rows, labels, classes: 3, folds, penalties: [1] })
    expect(Array.from({ length: 5 }, (_, i) => Number.isNaN(heldOut[3 * i] ?? 0))).toEqual([
      false,
      false,
      false,
      false,
      true,
    ])
    const each = { rows: { values: Float64Array.of(0, 1), rows: 2, columns: 1 }, labels: Int32Array.of(0, 1) }
    const none = select({ ...each, classes: 2, folds: [[0], [1]], penalties: [0.1, 1, 0.01] })
    expect(none.penalty).toBe(1)
    expect([...none.heldOut]).toEqual([NaN, NaN, NaN, NaN])
  })
})
