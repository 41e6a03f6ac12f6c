import { atOnce, key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { addTransposedTimes, dot, rowOf, rowsAt, timesTransposed, type Matrix } from './matrix.ts'
import { reduceRows, type Reduced } from './reduce.ts'
import { standardise } from './standardise.ts'

const matrix = (seed: number, rows: number, columns: number): Matrix => ({
  values: Float64Array.from(normals(key(seed), rows * columns)),
  rows,
  columns,
})

const farthest = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] ?? NaN))), Math.abs(a.length - b.length))

/** Coordinates times basis, entry by entry. */
const product = ({ coordinates, basis }: Reduced): Float64Array =>
  Float64Array.from({ length: coordinates.rows * basis.columns }, (_, at) => {
    const along = rowOf(coordinates, Math.floor(at / basis.columns))
    return along.reduce((sum, x, k) => sum + x * (rowOf(basis, k)[at % basis.columns] ?? NaN), 0)
  })

describe('rows in a basis of what they span', () => {
  it.each([
    [5, 20],
    [20, 5],
    [1, 3],
  ])('are the same rows: %d of %d numbers', (rows, columns) => {
    const given = matrix(1, rows, columns)
    const reduced = atOnce(reduceRows(given))
    expect(reduced.coordinates.columns).toBe(Math.min(rows, columns))
    expect(farthest(product(reduced), given.values)).toBeLessThan(1e-12)
    const gram = timesTransposed(reduced.basis, reduced.basis)
    const identity = gram.values.map((_, i) => (i % (gram.columns + 1) === 0 ? 1 : 0))
    expect(farthest(gram.values, identity)).toBeLessThan(1e-12)
  })

  it('need no more numbers than they have directions', () => {
    const few = matrix(2, 3, 12)
    const repeated = rowsAt(few, [0, 1, 2, 0, 1, 2, 2])
    const reduced = atOnce(reduceRows(repeated))
    expect(reduced.coordinates.columns).toBe(3)
    expect(farthest(product(reduced), repeated.values)).toBeLessThan(1e-12)
  })

  it('stay orthogonal where rows are nearly alike', () => {
    const base = matrix(3, 1, 40)
    const near = matrix(4, 10, 40)
    const given = { ...near, values: near.values.map((x, i) => (base.values[i % 40] ?? NaN) + 1e-4 * x) }
    const { basis } = atOnce(reduceRows(given))
    expect(basis.rows).toBe(10)
    expect(Math.abs(dot(rowOf(basis, 9), rowOf(basis, 0)))).toBeLessThan(1e-13)
  })

  it('of zeros need none', () => {
    expect(atOnce(reduceRows({ values: new Float64Array(8), rows: 2, columns: 4 })).basis.rows).toBe(0)
  })
})

describe('products of matrices', () => {
  it.each([1, 3, 4, 7, 9])('are sums of products, whatever is left over from four: %d', (n) => {
    const [a, b] = [matrix(5, n, 6), matrix(6, n + 2, 6)]
    const wide = timesTransposed(a, b)
    expect([wide.rows, wide.columns]).toEqual([n, n + 2])
    expect(wide.values[n + 1]).toBeCloseTo(dot(rowOf(a, 0), rowOf(b, n + 1)), 12)
    const [left, right] = [matrix(7, n, 3), matrix(8, n, 5)]
    const out = new Float64Array(15).fill(1)
    addTransposedTimes(out, left, right)
    for (let c = 0; c < 3; c++)
      for (let j = 0; j < 5; j++) {
        let sum = 1
        for (let i = 0; i < n; i++) sum += (left.values[i * 3 + c] ?? NaN) * (right.values[i * 5 + j] ?? NaN)
        expect(out[c * 5 + j]).toBeCloseTo(sum, 12)
      }
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 11])('of vectors of %d numbers', (n) => {
    const [x, y] = [matrix(1, 1, n).values, matrix(2, 1, n).values]
    expect(dot(x, y)).toBeCloseTo(
      x.reduce((sum, xi, i) => sum + xi * (y[i] ?? NaN), 0),
      12,
    )
  })
})

describe('standardised features', () => {
  it('have mean 0 each and root mean square 1 together, and keep their ratios', () => {
    const features = Float32Array.of(1, 10, 3, 30, 5, 20)
    const { rows, mean, scale } = standardise(features, 2)
    expect([...mean]).toEqual([3, 20])
    // centred: -2 -10, 0 10, 2 0
    expect(scale).toBeCloseTo(Math.sqrt((4 + 100 + 100 + 4) / 6), 14)
    expect(
      farthest(
        rows.values,
        Float64Array.of(-2, -10, 0, 10, 2, 0).map((x) => x / scale),
      ),
    ).toBeLessThan(1e-14)
  })

  it('that never vary are zeros', () => {
    const { rows, scale } = standardise(Float32Array.of(4, 5, 4, 5), 2)
    expect([...rows.values, scale]).toEqual([0, 0, 0, 0, 1])
  })
})
