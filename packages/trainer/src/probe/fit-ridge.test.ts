import { atOnce } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import golden from '../../fixtures/ridge.json' with { type: 'json' }
import { choleskySolve } from './cholesky.ts'
import { fitRidge, type RidgeOptions } from './fit-ridge.ts'

const farthest = (found: ArrayLike<number>, wanted: readonly number[]): number =>
  wanted.reduce((most, x, i) => Math.max(most, Math.abs(x - (found[i] ?? NaN))), Math.abs(found.length - wanted.length))

const line: RidgeOptions = {
  features: Float32Array.of(0, 1, 2, 3, 4, 5),
  size: 1,
  targets: [1, 3, 5, 7, 9, 11],
  folds: [
    [0, 2, 4],
    [1, 3, 5],
  ],
}

describe('a ridge regression', () => {
  it.each(golden.solutions)('of $size features at penalty $penalty is that of scikit-learn', (fixture) => {
    const { size, penalty, features, targets, folds, weights, bias, heldOut } = fixture
    const found = fitRidge({ features: Float32Array.from(features), size, targets, folds, penalties: [penalty] })
    expect(farthest(found.weights, weights)).toBeLessThan(1e-9)
    expect(found.bias).toBeCloseTo(bias, 8)
    expect(farthest(found.heldOut, heldOut)).toBeLessThan(1e-8)
  })

  it('takes the penalty with the smallest error of held-out examples', () => {
    expect(fitRidge(line).penalty).toBe(0.0001)
    const noise = { ...line, targets: [0, 1, 0, 0, 1, 0] }
    expect(fitRidge(noise).penalty).toBe(100)
  })

  it('predicts nothing that no fold held out, and takes the strongest penalty without folds', () => {
    expect([...fitRidge({ ...line, folds: [[0], [1]] }).heldOut].map(Number.isNaN)).toEqual([
      ...[false, false],
      ...[true, true, true, true],
    ])
    expect(fitRidge({ ...line, folds: [] }).penalty).toBe(100)
  })

  it.each<readonly [string, Partial<RidgeOptions>, string]>([
    ['features that are no whole examples', { size: 4 }, 'expected 4 features for each of at least 2 targets'],
    [
      'one target',
      { features: Float32Array.of(1), targets: [1], folds: [] },
      'at least 2 targets, got 1 features and 1',
    ],
    ['a target that is not finite', { targets: [1, 2, 3, NaN, 5, 6] }, 'expected finite features and targets'],
    [
      'a feature that is not finite',
      { features: Float32Array.of(0, 1, 2, 3, 4, Infinity) },
      'expected finite features',
    ],
    ['a penalty of 0', { penalties: [0] }, 'expected positive penalties, got 0'],
    ['a place that is not there', { folds: [[6]] }, 'expected folds of places from 0 to 5'],
  ])('refuses %s', (_, changes, message) => {
    expect(() => fitRidge({ ...line, ...changes })).toThrow(message)
  })
})

it('refuses a system of equations that is not square', () => {
  const matrix = { values: new Float64Array(2), rows: 1, columns: 2 }
  expect(() => atOnce(choleskySolve(matrix, 1, new Float64Array(1)))).toThrow(
    'expected a square matrix of 1 rows, got [1, 2]',
  )
})
