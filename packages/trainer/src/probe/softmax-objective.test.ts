import { atOnce, key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import golden from '../../fixtures/probe.json' with { type: 'json' }
import { addTransposedTimes, type Matrix } from './matrix.ts'
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
    const found = atOnce(objective(Float64Array.from(params)))
    expect(found.value).toBeCloseTo(value, 12)
    expect(farthest(found.gradient, gradient)).toBeLessThan(1e-12)
  })

  it('has the same bits in one step as in several', () => {
    const [count, size, classes, penalty] = [11, 53_000, 40, 0.1]
    const rows: Matrix = { values: Float64Array.from(normals(key(0), count * size)), rows: count, columns: size }
    const labels = Int32Array.from({ length: count }, (_, i) => i % classes)
    const params = Float64Array.from(normals(key(1), classes * (size + 1)), (x) => x / 100)
    const steps = [...softmaxObjective({ rows, labels, classes, penalty })(params)]
    expect(steps).toHaveLength(3)
    const errors = logProbabilities(params, rows, classes)
    errors.values.forEach((log, at) => {
      const isOwn = labels[Math.floor(at / classes)] === at % classes
      errors.values[at] = (Math.exp(log) - (isOwn ? 1 : 0)) / count
    })
    const wanted = params.slice(0, classes * size).map((w) => penalty * w)
    addTransposedTimes(wanted, errors, rows)
    const { gradient } = atOnce(softmaxObjective({ rows, labels, classes, penalty })(params))
    expect(wanted.findIndex((w, i) => w !== gradient[i])).toBe(-1)
  })

  it('is the log of the number of classes where nothing is known', () => {
    const rows = { values: new Float64Array(10), rows: 5, columns: 2 }
    const objective = softmaxObjective({ rows, labels: Int32Array.of(0, 1, 2, 0, 1), classes: 3, penalty: 1 })
    expect(zeroParams(2, 3)).toEqual(new Float64Array(9))
    expect(atOnce(objective(zeroParams(2, 3))).value).toBeCloseTo(Math.log(3), 14)
  })

  it('stays finite where logits are huge', () => {
    const rows = { values: Float64Array.of(1000), rows: 1, columns: 1 }
    const logs = logProbabilities(Float64Array.of(1, -1, 0, 0), rows, 2)
    expect([...logs.values]).toEqual([0, -2000])
  })
})
