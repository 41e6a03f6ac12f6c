import { describe, expect, it } from 'vitest'

import { symmetricEigen } from './symmetric-eigen.ts'

const eigenOf = (rows: readonly (readonly number[])[]) => symmetricEigen(Float64Array.from(rows.flat()), rows.length)

describe('symmetricEigen', () => {
  it('finds values, largest first, and vectors that the matrix only scales', () => {
    const rows = [
      [2, -1, 0, 3],
      [-1, 4, 1, 0],
      [0, 1, -3, 2],
      [3, 0, 2, 1],
    ]
    const { values, vectors } = eigenOf(rows)
    expect(values).toEqual(values.toSorted((a, b) => b - a))
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(4, 12)
    vectors.forEach((vector, k) => {
      expect(Math.hypot(...vector)).toBeCloseTo(1, 12)
      for (const [i, row] of rows.entries()) {
        const product = row.reduce((sum, x, j) => sum + x * (vector[j] ?? NaN), 0)
        expect(product).toBeCloseTo((values[k] ?? NaN) * (vector[i] ?? NaN), 12)
      }
    })
  })

  it('invents no value where products of tiny numbers underflow', () => {
    const { values } = eigenOf([
      [1e-104, 3e-154, 0, 0, 0],
      [3e-154, 1e-282, 1e-247, 0, 0],
      [0, 1e-247, 8e-239, 8e-109, 0],
      [0, 0, 8e-109, 5e-208, 5e-22],
      [0, 0, 0, 5e-22, 3e-80],
    ])
    // Two of ±5e-22; the others are nothing beside them.
    const expected = [5e-22, 0, 0, 0, -5e-22]
    values.forEach((value, k) => {
      expect(Math.abs(value - (expected[k] ?? NaN))).toBeLessThan(1e-34)
    })
  })
})
