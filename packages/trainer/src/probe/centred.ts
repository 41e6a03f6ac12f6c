import type { Stepwise } from '@ptu/core'

import { choleskySolve } from './cholesky.ts'
import { dot, rowOf, rowsAt, zeros, type Matrix } from './matrix.ts'

/** Rows with their mean taken away and their products, from which weights follow at any penalty. */
export interface Centred {
  readonly rows: Matrix
  readonly mean: Float64Array
  readonly targets: Float64Array
  readonly targetMean: number
  /** `[columns, columns]`, the products of columns; of fewer rows than columns `[rows, rows]`, those of rows. */
  readonly products: Matrix
}

/** Takes the means of rows and targets away and multiplies what is left. */
export const centred = function* (rows: Matrix, targets: ArrayLike<number>): Stepwise<Centred> {
  const mean = new Float64Array(rows.columns)
  for (let i = 0; i < rows.rows; i++)
    rowOf(rows, i).forEach((x, j) => {
      mean[j] = (mean[j] as number) + x / rows.rows
    })
  const own = rowsAt(
    rows,
    Array.from({ length: rows.rows }, (_, i) => i),
  )
  for (let i = 0; i < own.rows; i++) {
    const row = rowOf(own, i)
    for (let j = 0; j < row.length; j++) row[j] = (row[j] as number) - (mean[j] as number)
  }
  const targetMean = Array.from(targets).reduce((sum, y) => sum + y / targets.length, 0)
  const products = yield* productsOf(rows.rows < rows.columns ? own : transposed(own))
  return { rows: own, mean, targets: Float64Array.from(targets, (y) => y - targetMean), targetMean, products }
}

const transposed = (matrix: Matrix): Matrix => {
  const out = zeros(matrix.columns, matrix.rows)
  for (let i = 0; i < matrix.rows; i++)
    for (let j = 0; j < matrix.columns; j++)
      out.values[j * matrix.rows + i] = matrix.values[i * matrix.columns + j] as number
  return out
}

/** The products of all pairs of rows. */
const productsOf = function* (rows: Matrix): Stepwise<Matrix> {
  const out = zeros(rows.rows, rows.rows)
  for (let i = 0; i < rows.rows; i++) {
    for (let j = 0; j <= i; j++) {
      const product = dot(rowOf(rows, i), rowOf(rows, j))
      out.values[i * rows.rows + j] = product
      out.values[j * rows.rows + i] = product
    }
    yield undefined
  }
  return out
}

/** The weights at a penalty: `(XᵀX + nλ) w = Xᵀy`, or by the rows `w = Xᵀ a` with `(XXᵀ + nλ) a = y`. */
export const weightsAt = function* ({ rows, targets, products }: Centred, penalty: number): Stepwise<Float64Array> {
  const ridge = penalty * rows.rows
  const byRows = products.rows !== rows.columns
  const parts = byRows ? yield* choleskySolve(products, ridge, targets) : targets
  const sums = new Float64Array(rows.columns)
  for (let i = 0; i < rows.rows; i++)
    rowOf(rows, i).forEach((x, j) => {
      sums[j] = (sums[j] as number) + x * (parts[i] as number)
    })
  return byRows ? sums : yield* choleskySolve(products, ridge, sums)
}
