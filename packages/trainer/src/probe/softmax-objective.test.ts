import { describe, expect, it } from 'vitest'

import golden from '../../fixtures/probe.json' with { type: 'json' }
import { logProbabilities, softmaxObjective, zeroParams } from './softmax-objective.ts'

const rowsOf = ({ features, size }: { readonly features: readonly number[]; readonly size: number }) => ({
  values: Float64Array.from(features),
  rows: features.length / size,
  columns: size,
})

const farthest = (found: Float64Array, wanted: readonly number[]): number =>
  wanted.reduce((most, x, i) => Math.max(most, Math.abs(x - (found[i] ?? NaN))), found.length - wanted.length)

describe('the objective of the probe', () => {
  it.each(golden.objectives)('has the value and gradient of scikit-learn at penalty $penalty', (fixture) => {
    const { labels, classes, penalty, params, value, gradient } = fixture
    const objective = softmaxObjective({ rows: rowsOf(fixture), labels: Int32Array.from(labels), classes, penalty })
    const found = objective(Float64Array.from(params))
    expect(found.value).toBeCloseTo(value, 12)
    expect(farthest(found.gradient, gradient)).toBeLessThan(1e-12)
  })

  it('is the log of the number of classes where nothing is known', () => {
    const rows = { values: new Float64Array(10), rows: 5, columns: 2 }
    const objective = softmaxObjective({ rows, labels: Int32Array.of(0, 1, 2, 0, 1), classes: 3, penalty: 1 })
    expect(zeroParams(2, 3)).toEqual(new Float64Array(9))
    expect(objective(zeroParams(2, 3)).value).toBeCloseTo(Math.log(3), 14)
  })

  it('stays finite where logits are huge', () => {
    const rows = { values: Float64Array.of(1000), rows: 1, columns: 1 }
    const logs = logProbabilities(Float64Array.of(1, -1, 0, 0), rows, 2)
    expect([...logs.values]).toEqual([0, -2000])
  })
})
