import type { Stepwise } from '@ptu/core'

import { addScaled, dot, rowOf, zeros, type Matrix } from './matrix.ts'

/** Rows in the coordinates of an orthonormal basis of what they span. */
export interface Reduced {
  /** `[rows, rank]`: the coordinates. */
  readonly coordinates: Matrix
  /** `[rank, columns]`: the basis; `coordinates · basis` are the rows. */
  readonly basis: Matrix
}

/** A row lies in the span of the others if what remains of it is this small a part of the largest row. */
const negligible = 1e-7

const square = (x: Float64Array): number => dot(x, x)

/** The place of the largest value. */
const largest = (values: Float64Array): number =>
  values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0)

/**
 * Writes rows in an orthonormal basis of what they span, so that `n` examples of `d` features become at most
 * `min(n, d)` numbers each.
 *
 * A linear classifier with a quadratic penalty has its weights in that span, with the same norm in the new coordinates: the
 * problem stays the same. The basis is made by Gram-Schmidt, twice for accuracy, the row with the largest rest next; each
 * step finds a vector of it.
 *
 * References:
 *   Hastie & Tibshirani, "Efficient quadratic regularization for expression arrays", Biostatistics 5(3), 2004, §3, https://doi.org/10.1093/biostatistics/kxh010
 */
export const reduceRows = function* (rows: Matrix): Stepwise<Reduced> {
  const most = Math.min(rows.rows, rows.columns)
  const basis = zeros(most, rows.columns)
  const coordinates = zeros(rows.rows, most)
  const rests = Float64Array.from({ length: rows.rows }, (_, i) => square(rowOf(rows, i)))
  const least = negligible ** 2 * (rests[largest(rests)] ?? 0)
  let rank = 0
  while (rank < most && (rests[largest(rests)] as number) > least) {
    const axis = rowOf(basis, rank)
    axis.set(rowOf(rows, largest(rests)))
    for (let pass = 0; pass < 2; pass++)
      for (let k = 0; k < rank; k++) addScaled(axis, -dot(axis, rowOf(basis, k)), rowOf(basis, k))
    const length = Math.sqrt(square(axis))
    for (let j = 0; j < axis.length; j++) axis[j] = (axis[j] as number) / length
    for (let i = 0; i < rows.rows; i++) {
      const along = dot(rowOf(rows, i), axis)
      coordinates.values[i * most + rank] = along
      rests[i] = Math.max(0, (rests[i] as number) - along * along)
    }
    yield ++rank / most
  }
  return { coordinates: firstColumns(coordinates, rank), basis: firstRows(basis, rank) }
}

const firstRows = ({ values, columns }: Matrix, rows: number): Matrix => ({
  values: values.subarray(0, rows * columns),
  rows,
  columns,
})

const firstColumns = (matrix: Matrix, columns: number): Matrix => {
  const out = zeros(matrix.rows, columns)
  for (let i = 0; i < matrix.rows; i++) out.values.set(rowOf(matrix, i).subarray(0, columns), i * columns)
  return out
}
