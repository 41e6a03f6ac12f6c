import { ShapeError, type Stepwise } from '@ptu/core'

import { dot, zeros, type Matrix } from './matrix.ts'

/**
 * Solves `(A + ridge · I) x = b` for a symmetric `A` without negative eigenvalues and a ridge above 0, row by row in steps.
 *
 * Throws `ShapeError` if `A` is not square or `b` has another length.
 *
 * References:
 *   Golub & Van Loan, "Matrix Computations", 4th ed. 2013, §4.2
 *
 * @example
 * ```ts
 * const a = { values: Float64Array.of(2, 1, 1, 2), rows: 2, columns: 2 }
 * expect([...atOnce(choleskySolve(a, 1, Float64Array.of(4, 4)))].map((x) => x.toFixed(6))).toEqual(['1.000000', '1.000000'])
 * ```
 */
export const choleskySolve = function* (a: Matrix, ridge: number, b: Float64Array): Stepwise<Float64Array> {
  const size = a.rows
  if (a.columns !== size || b.length !== size)
    throw new ShapeError(`expected a square matrix of ${String(b.length)} rows, got [${size}, ${a.columns}]`)
  const lower = zeros(size, size)
  const row = (i: number, length: number): Float64Array => lower.values.subarray(i * size, i * size + length)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const rest = (a.values[i * size + j] as number) + (i === j ? ridge : 0) - dot(row(i, j), row(j, j))
      lower.values[i * size + j] = i === j ? Math.sqrt(Math.max(rest, Number.MIN_VALUE)) : rest / at(lower, j, j)
    }
    yield undefined
  }
  const x = b.slice()
  for (let i = 0; i < size; i++) x[i] = ((x[i] as number) - dot(row(i, i), x.subarray(0, i))) / at(lower, i, i)
  for (let i = size - 1; i >= 0; i--) {
    x[i] = (x[i] as number) / at(lower, i, i)
    for (let j = 0; j < i; j++) x[j] = (x[j] as number) - (x[i] as number) * at(lower, i, j)
  }
  return x
}

const at = ({ values, columns }: Matrix, i: number, j: number): number => values[i * columns + j] as number
